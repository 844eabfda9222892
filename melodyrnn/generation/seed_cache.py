"""Generators that have read a seed, kept so that the next take need neither learn nor read it again."""

from collections import OrderedDict
from threading import Lock

from melodyrnn.encoding.events import EventArray
from melodyrnn.generation.adaptation import adapted_to_seed, between
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling

Key = tuple[MusicModel, int, float, float, bytes]


class SeedCache:
    """The last few generators, by what they have learned and read. Any number of threads may share one."""

    def __init__(self, size: int = 6) -> None:
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[Key, Generator] = OrderedDict()

    def generator(
        self, model: MusicModel, style: int, events: EventArray, stay: float = 0.0, kept: float = 1.0
    ) -> Generator:
        """A generator of the caller's own that has learned the events, as far as `stay` says, and read them.

        `kept`: the share that is kept of what was learned.
        """
        key = (model, style, stay, kept, events.tobytes())
        with self._lock:
            found = self._kept.get(key)
        if found is None:  # two threads may both read it: that is waste, and no harm
            if 0 < kept < 1 and stay:
                learned = between(model, self.generator(model, style, events, stay).model, kept)
            else:
                learned = adapted_to_seed(model, events, style, stay * bool(kept))
            found = _read(learned, style, events)
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return found.copy()


def _read(model: MusicModel, style: int, events: EventArray) -> Generator:
    generator = Generator(model, style, Sampling())
    for event in events.tolist():
        generator.push(event)
    generator.mark_as_seed()
    return generator


READ_SEEDS = SeedCache()
