"""The session of `melodyrnn live`, set up from the command's options and run until it is ended."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from melodyrnn import __version__, api
from melodyrnn.cli.show.live import Display
from melodyrnn.errors import OptionError
from melodyrnn.files import check_writable, unused
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed
from melodyrnn.generation.seed import asked_key
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.assemble import DEFAULT_BPM, LiveConfig, assemble
from melodyrnn.live.score.composer import Composer
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.seed_first import SeedFirst
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.session import Session
from melodyrnn.live.wire.controls import Control
from melodyrnn.live.wire.ports import LivePorts
from melodyrnn.midi.takes import Take
from melodyrnn.music import TimeSignature
from melodyrnn.options import STAY, new_random_seed

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Recording(Take):
    """A take, and the files that it is written to. Without `path` it is only kept in memory."""

    def __init__(self, metre: TimeSignature, about: dict[str, Any], path: Path | None) -> None:
        super().__init__(metre, about)
        self._path = path

    def save(self) -> None:
        """Write it to its file. OutputError if that fails."""
        if self._path is not None:
            self.write(self._path)

    def keep(self) -> str:
        """Write it to a new file -> its name. OutputError if that fails."""
        target = unused("melodyrnn-kept", 1)[0]
        self.write(target)
        return str(target)


class Stage:
    """Everything that is known before a port is opened. `asked`: the options of the command, None if not given."""

    def __init__(self, asked: dict[str, Any], table: Sequence[Control]) -> None:
        self._asked = {name: value for name, value in asked.items() if value is not None}
        self._record: Path | None = self._asked.get("record")
        if self._record is not None:
            check_writable([self._record], self._asked["overwrite"])
        seed = api.load_seed(self._asked.get("seed"))
        self._model, style = api.choose_model(self._asked.get("model"), self._asked.get("style"), seed)
        self._config = LiveConfig(
            Settings(style, self._sampling(seed)),
            self._model.styles if "model" in self._asked else tuple(api.shipped_styles()),
            self._asked.get("tempo", seed.song.tempos[-1].bpm if seed else DEFAULT_BPM),
            asked["clock"],
            not asked["clock_only"],
            self._asked.get("respond"),
            asked["reading"],
            asked["harmony"],
            tuple(table),
            asked["look_ahead"],
            self._asked.get("bars"),
        )
        self._random_seed = self._asked.get("random_seed", new_random_seed())
        metre = parse_metre(self._asked["metre"]) if "metre" in self._asked else None
        with one_thread():
            self._models = lru_cache(self._model_of)
            stay = self._asked.get("stay", STAY.default)
            model = ModelComposer(self._models, self._config.settings, self._random_seed, metre, seed, stay)
        self._metre = model.metre
        self._composer: Composer = SeedFirst(seed, model) if seed and asked["with_seed"] else model

    def _model_of(self, style: str) -> MusicModel:
        """The model that plays a style: the one asked for, or else the shipped one."""
        return self._model if style in self._model.styles else api.load_model(api.shipped_styles()[style])

    def _sampling(self, seed: Seed | None) -> Sampling:
        asked = self._asked
        limits = {name: asked[name] for name in ("low", "high", "density", "monophonic", "range") if name in asked}
        bold = {name: asked[name] for name in ("temperature", "top_p") if name in asked}
        key = asked_key(asked["key"], seed) if "key" in asked else None
        return Sampling(constraints=NoteConstraints(key=key, **limits), **bold)

    def play(self, ports: LivePorts) -> None:
        """Open the ports and play until it is ended. PortError if one is not there."""
        for style in self._config.styles if ports.open_inputs else ():
            self._models(style)  # a message may choose it: load it now, not in the middle of a bar
        display = Display()
        recording = Recording(self._metre, self._about(), self._record)
        session = assemble(self._config, self._composer, ports, recording, display.report)
        port = session.status().port
        with _ending_on_signals(session), one_thread(), display:
            session.run(
                lambda: display.show(session.status()),
                listening=lambda: display.report(f"playing into {port}, random seed {self._random_seed}"),
            )
        display.sum_up(session.status(), self._record)

    def _about(self) -> dict[str, Any]:
        """The options, so that a take can be made again. Of files their names alone: a take may go to others."""
        options = {name: value.name if isinstance(value, Path) else value for name, value in self._asked.items()}
        options |= {"style": self._config.settings.style, "random_seed": self._random_seed}
        if "model" in options:
            options["model"] = self._model.name
        return {"melodyrnn": __version__, "model": self._model.name, "options": options}


@contextmanager
def _ending_on_signals(session: Session) -> Iterator[None]:
    """Meanwhile Ctrl-C, a polite kill and a closed terminal end the session; then the handlers before are back."""
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: session.end()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not set by Python


def parse_metre(text: str) -> TimeSignature:
    """The time signature that "3/4" names. OptionError for anything else."""
    numerator, _, denominator = text.partition("/")
    if not (numerator.isdecimal() and denominator.isdecimal()):
        raise OptionError(f"metre {text!r}: must be like 3/4")
    return TimeSignature(0, int(numerator), int(denominator))
