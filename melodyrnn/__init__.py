"""melodyrnn: a recurrent network that continues your music.

    import melodyrnn
    song = melodyrnn.generate("seed.mid", bars=8, random_seed=1)
    melodyrnn.write_song(song, "out.mid")
"""

from melodyrnn.api import generate, load_model
from melodyrnn.errors import MelodyRnnError
from melodyrnn.midi import read_song, song_from_pretty_midi, song_to_pretty_midi, write_song
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track

__all__ = [
    "MelodyRnnError",
    "Note",
    "Song",
    "Tempo",
    "TimeSignature",
    "Track",
    "generate",
    "load_model",
    "read_song",
    "song_from_pretty_midi",
    "song_to_pretty_midi",
    "write_song",
]
__version__ = "0.1.0"
