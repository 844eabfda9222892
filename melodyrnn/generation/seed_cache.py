"""Generators that have read a seed, kept so that the next take need not read it again."""

from collections import OrderedDict
from threading import Lock

from melodyrnn.generation.generator import Generator
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed

Key = tuple[MusicModel, int, bytes]


class SeedCache:
    """The last few generators, by model, style and events. Any number of threads may share one."""

    def __init__(self, size: int = 4) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Key, Generator] = OrderedDict()

    def generator(self, model: MusicModel, style: int, seed: Seed) -> Generator:
        """A generator of the caller's own that has read the seed."""
        key = (model, style, seed.events.tobytes())
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = _read(model, style, seed)  # two threads may both read it: that is waste, and no harm
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return kept.copy()


def _read(model: MusicModel, style: int, seed: Seed) -> Generator:
    generator = Generator(model, style, Sampling(), 0)
    for event in seed.events.tolist():
        generator.push(event)
    generator.mark_as_seed()
    return generator
