"""What takes long before music can begin: reading a model, learning a phrase. Done on a thread of its own."""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache

from melodyrnn.errors import MelodyRnnError, ModelFileError
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.generation.library import find_model, shipped_styles
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.model.modelfile import read_model
from melodyrnn.music.song import Song
from melodyrnn.plugin.asked import Asked
from melodyrnn.plugin.parameters import STYLES

HASH_DIGITS = 16
MODELS_KEPT = 4


@dataclass(frozen=True, eq=False)
class Wanted:
    """`given`: the name or file of a model, "" for the shipped one of the style. `values`: of the parameters."""

    given: str
    values: tuple[float, ...]
    phrase: Song | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is ready to play: the parameters as values, the phrase as a seed, and the name and hash of the model."""

    asked: Asked
    phrase: Song | None
    seed: Seed | None
    given: str
    model: tuple[str, str]

    def __str__(self) -> str:
        captured = f", from {self.phrase.note_count} captured notes" if self.phrase else ""
        return f"{self.asked.style} by {self.model[0]}, random seed {self.asked.random_seed}{captured}"

    def models(self, style: str) -> MusicModel:
        """The model of a style."""
        return _model(self.given or shipped_styles()[style])[0]

    def changes_only_settings(self, was: "Prepared") -> bool:
        """Whether the music before can go on with this: no other composer is needed."""
        made = [(each.asked.random_seed, each.asked.stay, each.asked.respond, each.given) for each in (self, was)]
        return made[0] == made[1] and self.phrase is was.phrase


def prepare(wanted: Wanted) -> Prepared:
    """Read the model, and let it learn the phrase. MelodyRnnError where that cannot be."""
    asked = Asked.of(wanted.values, _model(wanted.given)[0].styles if wanted.given else STYLES)
    if not wanted.given and asked.style not in shipped_styles():
        raise ModelFileError(f"style {asked.style}: no included model knows it")
    model, digest = _model(wanted.given or shipped_styles()[asked.style])
    seed = None if wanted.phrase is None else Seed.of(wanted.phrase, "the captured phrase")
    if seed is not None:
        events = seed.read(model.reads_scores).events
        READ_SEEDS.generator(model, model.style_number(asked.style), events, asked.stay)
    return Prepared(asked, wanted.phrase, seed, wanted.given, (model.name, digest))


@lru_cache(MODELS_KEPT)
def _model(name_or_path: str) -> tuple[MusicModel, str]:
    name, path = find_model(name_or_path)
    model = MusicModel(read_model(path), name)
    return model, hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_DIGITS]


class Preparing:
    """Prepares on a thread; of several wishes the last counts."""

    def __init__(self) -> None:
        self._wanted: Wanted | None = None
        self._thread: threading.Thread | None = None
        self._result: tuple[Wanted, Prepared | MelodyRnnError] | None = None

    def want(self, wanted: Wanted) -> None:
        """Prepare this; nothing is ready until it is."""
        self._wanted = wanted
        self.look()

    def look(self) -> Prepared | MelodyRnnError | None:
        """What the last wish gave, or its error, if it has been fulfilled."""
        if self._result and self._result[0] is self._wanted:
            return self._result[1]
        if self._wanted and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, args=(self._wanted,), daemon=True)
            self._thread.start()
        return None

    def _run(self, wanted: Wanted) -> None:
        try:
            self._result = wanted, prepare(wanted)
        except MelodyRnnError as error:
            self._result = wanted, error
