"""MIDI files: their bytes in and out. The one place that knows MIDI file libraries."""

from melodyrnn.midi.limits import LIMITS, Limits, Options
from melodyrnn.midi.pretty import song_from_pretty_midi, song_to_pretty_midi
from melodyrnn.midi.reading import parse_midi, read_midi, read_song
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.writing import midi_bytes, write_song

__all__ = [
    "LIMITS",
    "Limits",
    "Options",
    "ReadReport",
    "midi_bytes",
    "parse_midi",
    "read_midi",
    "read_song",
    "song_from_pretty_midi",
    "song_to_pretty_midi",
    "write_song",
]
