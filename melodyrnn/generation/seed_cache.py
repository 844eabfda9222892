"""Generators that have read a seed, kept so that the next take need neither learn nor read it again."""

from collections import OrderedDict
from threading import Lock

from melodyrnn.encoding.events import EventArray
from melodyrnn.generation.adaptation import adapted_to_seed
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling

Key = tuple[MusicModel, int, float, bytes]


class SeedCache:
    """The last few generators, by model, style, stay and events. Any number of threads may share one."""

    def __init__(self, size: int = 4) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Key, Generator] = OrderedDict()

    def generator(self, model: MusicModel, style: int, events: EventArray, stay: float = 0.0) -> Generator:
        """A generator of the caller's own that has learned the events, as far as `stay` says, and read them."""
        key = (model, style, stay, events.tobytes())
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = _read(model, style, events, stay)  # two threads may both read it: that is waste, and no harm
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return kept.copy()


def _read(model: MusicModel, style: int, events: EventArray, stay: float) -> Generator:
    generator = Generator(adapted_to_seed(model, events, style, stay), style, Sampling())
    for event in events.tolist():
        generator.push(event)
    generator.mark_as_seed()
    return generator


READ_SEEDS = SeedCache()
