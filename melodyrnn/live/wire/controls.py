"""The controllers on the input: what each of them changes. A table names them; this module knows no file."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from melodyrnn.errors import OptionError
from melodyrnn.live.score.settings import Settings
from melodyrnn.messages import CONTROL, PROGRAM
from melodyrnn.options import DENSITY, REGISTER, TEMPERATURE, TEMPO

CENTRE = 64
PRESSED = 64  # the least value of a controller used as a button that is pressed
BUTTONS = ("panic", "again", "keep")
AGAIN_BARS, MOST_AGAIN_BARS = 4, 64


@dataclass(frozen=True, slots=True)
class Knob:
    """A setting that a controller turns: its default range, the widest legal one, and what it turns.

    With `ratios`, the middle of the controller is the geometric mean of the ends.
    """

    low: float
    high: float
    least: float
    most: float
    ratios: bool = False
    whole: bool = False
    turn: Callable[[Settings, float], Settings] | None = None

    def value(self, low: float, high: float, position: int) -> float:
        """Controller position 0 to 127 -> a value from `low` to `high`, to three digits. 64 is the middle."""
        part = position / 128 if position <= CENTRE else 0.5 + (position - CENTRE) / 126
        value = low * (high / low) ** part if self.ratios else low + (high - low) * part
        return float(round(value)) if self.whole else float(f"{value:.3g}")


KNOBS: dict[str, Knob] = {
    "temperature": Knob(0.5, 1.5, *TEMPERATURE.range, turn=Settings.with_temperature),
    "density": Knob(0.25, 4, *DENSITY.range, ratios=True, turn=Settings.with_density),
    "register": Knob(-2, 2, *REGISTER.range, whole=True, turn=lambda s, v: replace(s, register_octaves=round(v))),
    "velocity": Knob(0.25, 1.75, 0.01, 10, turn=lambda s, v: replace(s, loudness=v)),
    "tempo": Knob(60, 180, *TEMPO.range),
    "style": Knob(0, 127, 0, 127),
}
NAMES = (*KNOBS, *BUTTONS)
LEGAL = {  # the entries of those that have no range
    **dict.fromkeys(("style", "panic", "keep"), ("controller", "channel")),
    "again": ("controller", "channel", "bars"),
}


@dataclass(frozen=True, slots=True)
class Control:
    """One line of the table: which controller (0 to 127) on which channel (0 to 15; None: any) does what."""

    name: str
    controller: int
    channel: int | None = None
    low: float = 0.0
    high: float = 0.0
    bars: int = AGAIN_BARS


def read_controls(table: Mapping[str, Any]) -> tuple[Control, ...]:
    """Read a table such as {"density": {"controller": 21, "channel": 1, "low": 0.5, "high": 2}, ...}.

    Channels count from 1 there, as on every device. OptionError names the wrong entry.
    """
    return tuple(_control(name, entry) for name, entry in table.items())


def _control(name: str, entry: Any) -> Control:
    if name not in NAMES:
        raise OptionError(f"[{name}]: there is no such control; there are {', '.join(NAMES)}")
    legal = LEGAL.get(name, ("controller", "channel", "low", "high"))
    if not isinstance(entry, Mapping) or "controller" not in entry:
        raise OptionError(f"[{name}]: needs its controller, 0 to 127: controller = 21")
    for unknown in {*entry} - {*legal}:
        raise OptionError(f"[{name}] {unknown}: the entries are {', '.join(legal)}")
    controller = int(_number(name, "controller", entry["controller"], 0, 127, whole=True))
    channel = int(_number(name, "channel", entry["channel"], 1, 16, whole=True)) - 1 if "channel" in entry else None
    if name in BUTTONS:
        bars = _number(name, "bars", entry.get("bars", AGAIN_BARS), 1, MOST_AGAIN_BARS, whole=True)
        return Control(name, controller, channel, bars=int(bars))
    knob = KNOBS[name]
    low, high = (
        _number(name, end, entry.get(end, usual), knob.least, knob.most)
        for end, usual in (("low", knob.low), ("high", knob.high))
    )
    return Control(name, controller, channel, low, high)


def _number(name: str, what: str, value: Any, least: float, most: float, whole: bool = False) -> float:
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most or math.isnan(value):
        kind = "a whole number" if whole else "a number"
        raise OptionError(f"[{name}] {what} = {value!r}: must be {kind} from {least:g} to {most:g}")
    return float(value)


@dataclass(frozen=True, slots=True)
class Turned:
    """A knob was turned: `value` in its own unit. OptionError if there is no such knob or value."""

    name: str
    value: float

    def __post_init__(self) -> None:
        if self.name not in KNOBS or self.name == "style":
            raise OptionError(f"{self.name}: no such knob; there are {', '.join(n for n in KNOBS if n != 'style')}")
        knob = KNOBS[self.name]
        if not knob.least <= self.value <= knob.most:
            raise OptionError(f"{self.name} {self.value:g}: must be {knob.least:g} to {knob.most:g}")


def turned(settings: Settings, knob: Turned) -> Settings:
    """The settings after a knob was turned."""
    turn = KNOBS[knob.name].turn
    return settings if turn is None else turn(settings, knob.value)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed. `bars`: how many `again` repeats."""

    name: str
    bars: int = AGAIN_BARS


@dataclass(frozen=True, slots=True)
class Chosen:
    """A style was chosen."""

    style: str


class Controls:
    """Reads controller messages by a table, and program changes as the choice of a style, in the order of `styles`."""

    def __init__(self, table: Sequence[Control], styles: Sequence[str]) -> None:
        self._table, self.styles = tuple(table), tuple(styles)
        self._down: dict[str, int] = {}  # the positions of the buttons that are pressed

    def receive(self, message: bytes) -> list[Turned | Pressed | Chosen]:
        """The changes that one whole message of any kind asks for: mostly none."""
        status, channel = message[0] & 0xF0, message[0] & 0x0F
        if status == PROGRAM and message[1] < len(self.styles):
            return [Chosen(self.styles[message[1]])]
        if status != CONTROL:
            return []
        asked = [
            self._moved(control, message[2])
            for control in self._table
            if control.controller == message[1] and control.channel in (None, channel)
        ]
        return [what for what in asked if what is not None]

    def _moved(self, control: Control, position: int) -> Turned | Pressed | Chosen | None:
        if control.name in BUTTONS:
            if position < PRESSED:
                self._down.pop(control.name, None)
                return None
            # The same position again: a button that sends no message when it is released, pressed again.
            pressed = self._down.get(control.name, position) == position
            self._down[control.name] = position
            return Pressed(control.name, control.bars) if pressed else None
        if control.name == "style":
            return Chosen(self.styles[position * len(self.styles) // 128])
        return Turned(control.name, KNOBS[control.name].value(control.low, control.high, position))
