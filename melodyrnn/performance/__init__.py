"""A player adds swing, micro-timing, gate and accents to a score: taken out of music here, and given to new notes."""

from melodyrnn.performance.drummer import style_performance
from melodyrnn.performance.levels import ACCENT, GHOST, PLAIN
from melodyrnn.performance.player import Performance, Played
from melodyrnn.performance.separation import separate

__all__ = [
    "ACCENT",
    "GHOST",
    "PLAIN",
    "Performance",
    "Played",
    "separate",
    "style_performance",
]
