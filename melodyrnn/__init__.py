"""melodyrnn: a recurrent network that continues your music.

import melodyrnn
song = melodyrnn.generate("seed.mid", bars=8, random_seed=1)
melodyrnn.write_song(song, "out.mid")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from melodyrnn.errors import MelodyRnnError

if TYPE_CHECKING:
    from melodyrnn.api import generate, load_model, plot, write_sound
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
    "plot",
    "read_song",
    "song_from_pretty_midi",
    "song_to_pretty_midi",
    "write_song",
    "write_sound",
]
__version__ = "0.1.0"

# Looked up when first used, so that `melodyrnn --help` waits for neither numpy nor a MIDI library.
_HOMES = {
    **dict.fromkeys(("generate", "load_model", "plot", "write_sound"), "melodyrnn.api"),
    **dict.fromkeys(("read_song", "song_from_pretty_midi", "song_to_pretty_midi", "write_song"), "melodyrnn.midi"),
    **dict.fromkeys(("Note", "Song", "Tempo", "TimeSignature", "Track"), "melodyrnn.music"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
