"""Music as values: notes, songs, pulses, metre, scales. Pure values."""

from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.music.tempo import Tempo

__all__ = ["BarLines", "Note", "Song", "Tempo", "TimeSignature", "Track"]
