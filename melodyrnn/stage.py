"""A live session, set up from plain options: those of `melodyrnn live`, or of a page."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from melodyrnn import __version__, api
from melodyrnn.errors import OptionError, PortError
from melodyrnn.files import unused
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed
from melodyrnn.generation.harmony import asked_chords, asked_key
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.assemble import DEFAULT_BPM, LiveConfig, assemble
from melodyrnn.live.score.composer import Composer
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.seed_first import SeedFirst
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.session import Session
from melodyrnn.live.supervisor import Recorder
from melodyrnn.live.wire.controls import Control
from melodyrnn.live.wire.ports import InputPort, LivePorts, OpenInput, Receive
from melodyrnn.midi.takes import Take
from melodyrnn.music import TimeSignature
from melodyrnn.music.channels import places
from melodyrnn.options import STAY, new_random_seed
from melodyrnn.ports import devices


class Recording(Take):
    """A take, and the files that it is written to. Without `path` it is only kept in memory."""

    def __init__(
        self, metre: TimeSignature, about: dict[str, Any], path: Path | None, names: Mapping[int, str] | None = None
    ) -> None:
        super().__init__(metre, about, names)
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
    """Everything that is known before a port is opened.

    `asked`: the options of the command by name, None if not given. `seed`: what `asked` names as such, read.
    """

    def __init__(self, asked: dict[str, Any], table: Sequence[Control], seed: Seed | None) -> None:
        self._asked = {name: value for name, value in asked.items() if value is not None}
        self._model, style = api.choose_model(self._asked.get("model"), self._asked.get("style"), seed)
        self.config = LiveConfig(
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
        self.random_seed = self._asked.get("random_seed", new_random_seed())
        metre = parse_metre(self._asked["metre"]) if "metre" in self._asked else None
        with one_thread():
            self._models = lru_cache(self._model_of)
            stay = self._asked.get("stay", STAY.default)
            model = ModelComposer(
                self._models, self.config.settings, self.random_seed, metre, seed, stay, in_groove=True
            )
        self.metre = model.metre
        tracks = seed.song.tracks if seed else ()
        played = places([(track.program, track.is_drum) for track in tracks])
        self.names = {place.channel: track.name for track, place in zip(tracks, played, strict=True)}  # by channel
        self._composer: Composer = SeedFirst(seed, model) if seed and asked["with_seed"] else model

    def _model_of(self, style: str) -> MusicModel:
        """The model that plays a style: the one asked for, or else the shipped one."""
        return self._model if style in self._model.styles else api.load_model(api.shipped_styles()[style])

    def _sampling(self, seed: Seed | None) -> Sampling:
        asked = self._asked
        limits = {name: asked[name] for name in ("low", "high", "density", "monophonic", "range") if name in asked}
        bold = {name: asked[name] for name in ("temperature", "top_p") if name in asked}
        key, chords = asked_key(asked.get("key"), seed), asked_chords(asked.get("chords"), seed)
        return Sampling(constraints=NoteConstraints(key=key, chords=chords, **limits), **bold)

    def session(self, ports: LivePorts, recorder: Recorder, report: Callable[[str], None]) -> Session:
        """Open the port to play into, and put the session together. PortError if it is not there."""
        for style in self.config.styles if ports.open_inputs else ():
            self._models(style)  # a message may choose it: load it now, not in the middle of a bar
        return assemble(self.config, self._composer, ports, recorder, report)

    def about(self) -> dict[str, Any]:
        """The options, so that a take can be made again. Of files their names alone: a take may go to others."""
        options = {name: value.name if isinstance(value, Path) else value for name, value in self._asked.items()}
        options |= {"style": self.config.settings.style, "random_seed": self.random_seed}
        if "model" in options:
            options["model"] = self._model.name
        return {"melodyrnn": __version__, "model": self._model.name, "options": options}


def live_ports(
    port: str | None, virtual: str | None, keys: str | None, clock: str, clock_port: str | None = None
) -> LivePorts:
    """The ports of a session: to play into one by name, or one that is made; to listen to `keys`, and to the clock."""
    inputs = [] if keys is None else [_input(keys)]
    if virtual:
        inputs.append(_input(None, virtual))
    elif port and not inputs and clock == "external":
        inputs.append(_clock_of(port))
    open_clock = partial(devices.open_output, clock_port) if clock_port else None
    return LivePorts(partial(devices.open_output, port, virtual), inputs, open_clock)


def _clock_of(port: str) -> OpenInput:
    """The input of the same name as the port that is played into; many devices and loopbacks have both."""
    open_input = _input(port)

    def open_clock(receive: Receive) -> InputPort:
        try:
            return open_input(receive)
        except PortError as error:
            raise PortError(f"--clock external needs --input PORT, the one that sends the clock: {error}") from None

    return open_clock


def _input(name: str | None, virtual: str | None = None) -> OpenInput:
    return partial(devices.open_input, name, virtual)


def parse_metre(text: str) -> TimeSignature:
    """The time signature that "3/4" names. OptionError for anything else."""
    numerator, _, denominator = text.partition("/")
    if not (numerator.isdecimal() and denominator.isdecimal()):
        raise OptionError(f"metre {text!r}: must be like 3/4")
    return TimeSignature(0, int(numerator), int(denominator))
