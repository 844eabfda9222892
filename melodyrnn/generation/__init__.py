"""Drawing music from a model: events in, events out."""

from melodyrnn.generation.continuation import Continuation, continue_song
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.request import Request
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed

__all__ = ["Continuation", "MusicModel", "NoteConstraints", "Request", "Sampling", "Seed", "continue_song"]
