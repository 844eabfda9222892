"""A player adds swing, micro-timing, gate and accents to a score: taken out of music here, and given to new notes."""

from melodyrnn.performance.description import Described, performance_bits
from melodyrnn.performance.player import Performance, Played
from melodyrnn.performance.separation import ACCENT, GHOST, PLAIN, separate

__all__ = ["ACCENT", "GHOST", "PLAIN", "Described", "Performance", "Played", "performance_bits", "separate"]
