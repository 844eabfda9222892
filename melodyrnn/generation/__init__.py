"""Drawing music from a model: events in, events out."""

from melodyrnn.generation.constraints import Wishes
from melodyrnn.generation.continuation import continue_song
from melodyrnn.generation.generator import MusicModel, Sampling

__all__ = ["MusicModel", "Sampling", "Wishes", "continue_song"]
