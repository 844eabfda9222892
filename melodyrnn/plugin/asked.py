"""What the host's parameters ask for, as values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from melodyrnn.generation import NoteConstraints, Sampling
from melodyrnn.live.score.settings import Settings
from melodyrnn.music.chords import Chord
from melodyrnn.music.scales import Key
from melodyrnn.plugin.parameters import KEYS, NUMBERS, PARAMETERS, RESPOND, STYLES, Parameter

DEFAULTS = tuple(parameter.default for parameter in PARAMETERS)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters. `part`: play what is on this MIDI channel, counted from 1, alone; 0: play all of them.

    `respond`: answer the player after so many bars, or when he pauses; None: play without end. `chords`: play to the
    chord that comes in. `capture`: go on from what comes in.
    """

    style: str
    temperature: float
    density: float
    register: int
    key: Key | None
    stay: float
    chords: bool
    respond: int | Literal["pause"] | None
    part: int
    random_seed: int
    capture: bool

    @classmethod
    def of(cls, values: Sequence[float], styles: Sequence[str] = STYLES) -> "Asked":
        """From a value for each row of PARAMETERS; what is out of its range counts as the nearest legal value.

        `styles`: those that the choice of a style counts.
        """
        value = {symbol: _legal(PARAMETERS[number], values[number]) for symbol, number in NUMBERS.items()}
        whole = {symbol: round(number) for symbol, number in value.items()}
        return cls(
            styles[min(whole["style"], len(styles) - 1)],
            value["temperature"],
            value["density"],
            whole["register"],
            Key.parse(KEYS[whole["key"]]) if whole["key"] else None,
            value["stay"],
            whole["chords"] > 0,
            _respond(RESPOND[whole["respond"]]),
            whole["part"],
            whole["random_seed"],
            whole["capture"] > 0,
        )

    def settings(self, chord: Chord | None = None) -> Settings:
        """How to play, and to which chord."""
        constraints = NoteConstraints(key=self.key, density=self.density)
        settings = Settings(self.style, Sampling(self.temperature, constraints=constraints), self.register)
        return settings.with_chord(chord) if self.chords and chord else settings


def _respond(choice: str) -> int | Literal["pause"] | None:
    if choice == "pause":
        return "pause"
    return None if choice == "off" else int(choice.split()[0])


def _legal(parameter: Parameter, value: float) -> float:
    return parameter.default if math.isnan(value) else min(max(value, parameter.low), parameter.high)
