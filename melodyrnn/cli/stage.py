"""Sets up what `melodyrnn live` plays with: a model, its settings, the parts of a session; and runs it."""

import secrets
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from melodyrnn import __version__, api
from melodyrnn.cli.show.live import Display
from melodyrnn.errors import OptionError
from melodyrnn.files import check_writable, unused
from melodyrnn.generation import MusicModel, Sampling, Wishes
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.player import Player
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.composer import ModelComposer
from melodyrnn.live.score.dialogue import Dialogue
from melodyrnn.live.score.endless import Endless
from melodyrnn.live.score.phrases import as_played, quantized
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.session import Session
from melodyrnn.live.supervisor import Supervisor
from melodyrnn.live.time.clock import SystemClock
from melodyrnn.live.time.follower import ExternalTransport
from melodyrnn.live.time.transport import InternalTransport
from melodyrnn.live.wire.controls import Control, Controls
from melodyrnn.live.wire.ports import OpenInput, OpenOutput
from melodyrnn.midi.takes import Take
from melodyrnn.music import TimeSignature
from melodyrnn.music.scales import Key

LARGEST_RANDOM_SEED = 999_999  # of those chosen here: short enough to type again
DEFAULT_BPM = 120.0
ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stage:
    """Everything that is known before a port is opened. `asked`: the options of the command, None where not given."""

    def __init__(self, asked: dict[str, Any], table: Sequence[Control]) -> None:
        self._asked = {name: value for name, value in asked.items() if value is not None}
        self._table = table
        self._record: Path | None = self._asked.get("record")
        if self._record is not None:
            check_writable([self._record], self._asked["overwrite"])
        seed = api.load_seed(self._asked.get("seed"))
        self._model, style = api.choose_model(self._asked.get("model"), self._asked.get("style"), seed)
        self._settings = Settings(style, self._sampling())
        self._bpm = self._asked.get("tempo", seed.song.tempos[-1].bpm if seed else DEFAULT_BPM)
        self._random_seed = self._asked.get("random_seed", secrets.randbelow(LARGEST_RANDOM_SEED + 1))
        metre = parse_metre(self._asked["metre"]) if "metre" in self._asked else None
        self._styles = self._model.styles if "model" in self._asked else tuple(api.shipped_styles())
        with one_thread():
            self._models = lru_cache(self._plays)
            self._composer = ModelComposer(self._models, self._settings, self._random_seed, metre, seed)

    def _plays(self, style: str) -> MusicModel:
        """The model that plays a style: the one asked for, or else the shipped one."""
        return self._model if style in self._model.styles else api.load_model(api.shipped_styles()[style])

    def _sampling(self) -> Sampling:
        asked = self._asked
        wishes = {name: asked[name] for name in ("low", "high", "density", "monophonic") if name in asked}
        bold = {name: asked[name] for name in ("temperature", "top_p") if name in asked}
        key = Key.parse(asked["key"]) if "key" in asked else None
        return Sampling(wishes=Wishes(key=key, **wishes), **bold)

    def play(self, open_output: OpenOutput, open_inputs: Sequence[OpenInput]) -> None:
        """Open the ports and play until it is ended. PortError where one is not there."""
        for style in self._styles if open_inputs else ():
            self._models(style)  # a message may choose it: it is not to be loaded in the middle of a bar
        asked, bars, worker = self._asked, self._composer.bar_pulses, ComposeThread(self._composer)
        port = open_output()
        player = Player(
            port,
            ExternalTransport(self._bpm) if asked["clock"] == "external" else InternalTransport(self._bpm),
            worker,
            Dialogue(bars, self._settings, asked["respond"] or None, self._read)
            if "respond" in asked
            else Endless(bars),
            self._settings,
            bars,
            Controls(self._table, self._styles),
            sends_clock=asked["clock"] == "send",
            look_ahead_pulses=asked["look_ahead"],
            last_bar=asked.get("bars"),
            harmony=asked["harmony"],
        )
        take = Take(self._composer.metre, self._about())
        display = Display(player)
        supervisor = Supervisor(
            player, open_output, port, open_inputs, take, partial(self._write, take), partial(_keep, take), display.say
        )
        session = Session(SystemClock(), player, worker, supervisor)
        with _ending_on_signals(session), one_thread(), display:
            session.run(
                lambda: display.show(time.monotonic()),
                listening=lambda: display.say(f"playing into {port.name}, random seed {self._random_seed}"),
            )
        display.sum_up(time.monotonic(), self._record)

    @property
    def _read(self) -> Any:
        return quantized if self._asked["reading"] == "quantized" else as_played

    def _about(self) -> dict[str, Any]:
        """The options, so that a take can be made again. Of files their names alone: a take may go to others."""
        options = {name: value.name if isinstance(value, Path) else value for name, value in self._asked.items()}
        options |= {"style": self._settings.style, "random_seed": self._random_seed}
        if "model" in options:
            options["model"] = self._model.name
        return {"melodyrnn": __version__, "model": self._model.name, "options": options}

    def _write(self, take: Take) -> None:
        if self._record is not None:
            take.write(self._record)


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


def _keep(take: Take) -> str:
    """Write what was played so far to a new file -> its name."""
    target = unused("melodyrnn-kept", 1)[0]
    take.write(target)
    return str(target)


def parse_metre(text: str) -> TimeSignature:
    """The metre that "3/4" names. OptionError for anything else."""
    numerator, _, denominator = text.partition("/")
    if not (numerator.isdecimal() and denominator.isdecimal()):
        raise OptionError(f"metre {text!r}: must be like 3/4")
    return TimeSignature(0, int(numerator), int(denominator))
