"""The parameters that a host shows and automates, as one table; the C source and the Turtle file are made from it.

A project saves a parameter by its symbol, and choices by their number: rows and choices are only ever added at the end.
"""

from dataclasses import dataclass
from typing import Any, Literal

from melodyrnn.music.scales import Key
from melodyrnn.options import DENSITY, RANDOM_SEED, REGISTER, STAY, STYLE, TEMPERATURE, Option

Kind = Literal["number", "ratio", "whole", "choice", "switch", "button"]
MOST_PART = 16
MOST_RANDOM_SEED = 65535  # a host keeps a parameter in 24 bits
STYLES = ("folk", "chorale", "song", "drums", "piano", "quartet", "any")
KEYS = ("none", *(str(Key(tonic, mode)) for mode in ("major", "minor") for tonic in range(12)))
RESPOND = ("off", "1 bar", "2 bars", "4 bars", "8 bars", "pause")


@dataclass(frozen=True)
class Parameter:
    """One parameter: its range in the plugin, and help for the user.

    A "ratio" is a number whose knob turns in equal ratios. A "button" acts when it goes above 0. `composes`: what was
    composed is not wanted any more when it changes.
    """

    symbol: str
    kind: Kind
    help: str
    low: float
    high: float
    default: float
    choices: tuple[str, ...] = ()
    composes: bool = True

    @property
    def name(self) -> str:
        """As the user reads it."""
        return self.symbol.replace("_", " ").capitalize()


def _of(option: Option[Any], kind: Kind, low: float | None = None, high: float | None = None) -> Parameter:
    """An option of generating, with a narrower range where a knob wants one."""
    least, most = low if low is not None else option.low, high if high is not None else option.high
    if least is None or most is None:
        raise ValueError(f"{option.name} has no range")
    return Parameter(option.name, kind, option.help, least, most, option.default)


def _choice(symbol: str, says: str, choices: tuple[str, ...]) -> Parameter:
    return Parameter(symbol, "choice", says, 0, len(choices) - 1, 0, choices)


PARAMETERS = (
    _choice("style", STYLE.help.replace("--model", "the model file"), STYLES),
    _of(TEMPERATURE, "number", high=2),
    _of(DENSITY, "ratio", low=0.25, high=4),
    _of(REGISTER, "whole"),
    _choice("key", "New notes stay in this key.", KEYS),
    _of(STAY, "number"),
    Parameter("chords", "switch", "New notes play to the chord that comes in.", 0, 1, 0),
    _choice("respond", "Answer what comes in, after so many bars or at each pause.", RESPOND),
    Parameter("part", "whole", "Play what is on this MIDI channel alone (10: drums). 0 plays all.", 0, MOST_PART, 0),
    _of(RANDOM_SEED, "whole", high=MOST_RANDOM_SEED),
    Parameter("again", "button", "Play the last bars again.", 0, 1, 0),
    Parameter("keep", "button", "Write what was played to a MIDI file.", 0, 1, 0, composes=False),
    Parameter("through", "switch", "What comes in goes out, too.", 0, 1, 1, composes=False),
    Parameter("panic", "button", "End every note.", 0, 1, 0, composes=False),
    Parameter("capture", "switch", "Go on from what comes in, and learn it. Off forgets it.", 0, 1, 0),
)
NUMBERS = {parameter.symbol: number for number, parameter in enumerate(PARAMETERS)}
