"""The options of generating music, as one table: name, kind, range, default, help, and which commands have each.

The Python API and the values it makes check what they are given by this table, the command line makes its options from
it, live controllers turn what it has within its ranges, and `as_json` gives it to whatever draws a form.
"""

import numbers
import secrets
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from melodyrnn.errors import OptionError, named

Kind = Literal[
    "number",
    "whole",
    "pitch",
    "key",
    "chords",
    "metre",
    "form",
    "passage",
    "part",
    "name",
    "names",
    "parts",
    "choice",
    "flag",
]
Group = Literal["What to do", "How it sounds", "Bounds", "Files"]
Value = TypeVar("Value")
OF_SEED = "seed"  # as a key or as chords: the seed's own


@dataclass(frozen=True)
class Option(Generic[Value]):
    """One option. `default` is None where nothing is asked for; `otherwise` says what then happens.

    Numbers lie from `low` to `high`; None is no bound. Both are legal, but for `above` the first, for `below` the last.
    `at_low`, `at_high` and `note` say what numbers stand for. `where`: the commands that have the option, and "knobs"
    if a live controller turns it. `group`: the title under which `--help` and forms list it. `choices`: of a choice. On
    the command line `word` stands for no number, and `off` is the name of a flag where it is off, for flags that are on
    by default; `by_part` is the row that the option gives a value to where it is written PART=VALUE.
    """

    name: str
    kind: Kind
    help: str
    default: Value
    where: tuple[str, ...] = ("generate", "live")
    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False
    unit: str = ""
    at_low: str = ""
    at_high: str = ""
    note: str = ""
    otherwise: str = ""
    choices: tuple[str, ...] = ()
    word: str = ""
    off: str = ""
    by_part: str = ""
    group: Group = "How it sounds"

    def __str__(self) -> str:
        """The option in the text of an OptionError."""
        return named(self.name)

    @property
    def off_value(self) -> str:
        """A flag that is off, in the text of an OptionError."""
        return named(f"{self.name}=False")

    @property
    def legal(self) -> str:
        """The legal values in words, such as "0 (always the likeliest) to 10" or "seed or free"; "" for a text."""
        if self.choices:
            return " or ".join(self.choices)
        low, high = (
            "" if end is None else f"{end:g}{f' ({says})' if says else ''}"
            for end, says in ((self.low, self.at_low), (self.high, self.at_high))
        )
        if self.above:
            legal = f"above {low} and {'below' if self.below else 'at most'} {high}"
        else:
            legal = f"{low} to {high}" if low and high else f"{low} or more" if low else ""
        return f"{legal} {self.unit}".strip() if legal else ""

    def check(self, value: float | str) -> None:
        """OptionError unless the number or choice is a legal value."""
        given: Any = value
        if self.choices:
            if given not in self.choices:
                raise OptionError(f"{self} {given!r}: must be {self.legal}")
            return
        whole = self.kind != "number"
        if isinstance(given, bool) or not isinstance(given, numbers.Integral if whole else numbers.Real):
            raise OptionError(f"{self} {given!r}: must be {'a whole number' if whole else 'a number'}")
        number, low, high = float(given), self.low, self.high
        is_high_enough = low is None or (low < number if self.above else low <= number)
        if is_high_enough and (high is None or (number < high if self.below else number <= high)):
            return
        note = f"; {self.note}" if self.note else ""
        raise OptionError(f"{self} {number:g}: must be {self.legal}{note}")

    @property
    def range(self) -> tuple[float, float]:
        """(lowest, highest) of an option that has both."""
        if self.low is None or self.high is None:
            raise ValueError(f"{self.name} has no range")
        return self.low, self.high

    def as_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "help": self.help,
            "default": self.default,
            "otherwise": self.otherwise,
            "where": list(self.where),
            "group": self.group,
            "low": self.low,
            "high": self.high,
            "above_low": self.above,
            "below_high": self.below,
            "unit": self.unit,
            "choices": list(self.choices),
            "legal": self.legal,
            "note": self.note,
        }


FROM_BAR: Option[int | None] = Option(
    "from_bar",
    "whole",
    "First bar of the seed in its file, counted from 1.",
    None,
    where=("generate",),
    low=1,
    group="What to do",
)
TO_BAR: Option[int | None] = Option(
    "to_bar",
    "whole",
    "Last bar of the seed in its file.",
    None,
    where=("generate",),
    low=1,
    group="What to do",
)
REPLACE: Option[str | None] = Option(
    "replace",
    "passage",
    "Make these bars of SEED anew, such as 5-8, or with beats, such as 4.3-5.1, so that they lead on into the next.",
    None,
    where=("generate",),
    group="What to do",
)
PART: Option[tuple[str, ...]] = Option(
    "part",
    "names",
    "With --replace: only this part, by its name or its number from 1. May be repeated.",
    (),
    where=("generate",),
    otherwise="all",
    group="What to do",
)
KEEP: Option[str | None] = Option(
    "keep",
    "choice",
    "rhythm: new pitches on the rhythm of the last bars, or of the bars that --replace names. pitches: those that were "
    "there, in their order, in a new rhythm.",
    None,
    where=("generate",),
    choices=("rhythm", "pitches"),
    group="What to do",
)
ADD: Option[str | None] = Option(
    "add",
    "part",
    'Add a part to SEED: bass, drums, chords, melody, pad, strings, or "Name:program", such as "Viola:41".',
    None,
    where=("generate",),
    group="What to do",
)
OVER: Option[str | None] = Option(
    "over",
    "passage",
    "With --add: the bars in which the new part plays, such as 9-16.",
    None,
    where=("generate",),
    otherwise="all",
    group="What to do",
)
FORM_VARIES = 0.25  # of the beats of a section that returns, unless asked
VARY: Option[float | None] = Option(
    "vary",
    "number",
    "Make only this share of the beats anew, each in one part, and leave the others as they are: in the bars that "
    "--replace names, or in a section of --form when it returns.",
    None,
    where=("generate",),
    low=0,
    high=1,
    at_low="nothing",
    at_high="all",
    otherwise="all, with --form 0.25",
    group="What to do",
)
STYLE: Option[str | None] = Option(
    "style",
    "name",
    "any, folk, chorale, song, drums, piano, quartet, or a style of --model.",
    None,
    otherwise="any with a seed, folk without",
)
MODEL: Option[str | None] = Option(
    "model", "name", "An included model, or a model file.", None, otherwise="the included one of the style"
)
BARS: Option[int] = Option(
    "bars",
    "whole",
    "Number of new bars. end: the model decides where the piece ends.",
    8,
    where=("generate",),
    low=1,
    high=10_000,
    word="end",
    group="What to do",
)
TEMPERATURE: Option[float] = Option(
    "temperature",
    "number",
    "How bold the music is.",
    1.0,
    where=("generate", "live", "knobs"),
    low=0,
    high=10,
    at_low="always the likeliest",
    note="1 is as learned",
)
TOP_P: Option[float] = Option(
    "top_p",
    "number",
    "Draw only from the likeliest values, which together have this probability.",
    0.95,
    low=0,
    high=1,
    above=True,
    note="1 leaves nothing out",
)
RANDOM_SEED: Option[int] = Option(
    "random_seed", "whole", "The same number makes the same music.", 0, low=0, otherwise="a new one, printed"
)
LARGEST_NEW_RANDOM_SEED = 999_999  # short enough to type again
TEMPO: Option[float | None] = Option(
    "tempo",
    "number",
    "Quarter notes a minute.",
    None,
    where=("generate", "live", "knobs"),
    low=10,
    high=1000,
    unit="bpm",
    otherwise="the seed's, or 120",
)
METRE: Option[str | None] = Option(
    "metre", "metre", "Time signature, such as 3/4.", None, where=("live",), otherwise="the seed's, or 4/4"
)
KEY: Option[str | None] = Option(
    "key",
    "key",
    'New notes stay in this key: "D minor", "A dorian", "E blues"; or notes: "C D Eb G A"; seed: the seed\'s own key.',
    None,
    group="Bounds",
)
CHORDS: Option[str | None] = Option(
    "chords",
    "chords",
    'Chords of the new bars, again and again: "Am F C G", "Dm7 G7 | Cmaj7 | %"; seed: those of the seed go on.',
    None,
    group="How it sounds",
)
LOW: Option[int] = Option(
    "low", "pitch", "Lowest new pitch, as a name or MIDI number (C4 is 60).", 0, low=0, high=127, group="Bounds"
)
HIGH: Option[int] = Option("high", "pitch", "Highest new pitch.", 127, low=0, high=127, group="Bounds")
DENSITY: Option[float] = Option(
    "density",
    "number",
    "Number of notes, relative to the seed: 2 is twice as many.",
    1.0,
    where=("generate", "live", "knobs"),
    low=0.1,
    high=10,
    note="1 is as many",
    by_part="part_density",
)
PART_DENSITY: Option[tuple[str, ...]] = Option(
    "part_density",
    "parts",
    "PART=NUMBER: 0.1 to 1, to thin one part alone, such as Drums=0.5; to 4 for the part that --add adds.",
    (),
    where=("generate",),
)
MONOPHONIC: Option[bool] = Option(
    "monophonic", "flag", "Each part plays one new note at a time.", False, group="Bounds"
)
RANGE: Option[str] = Option(
    "range",
    "choice",
    "seed: each part keeps its register, chord sizes and drum sounds. free: no such limits.",
    "seed",
    choices=("seed", "free"),
    by_part="part_range",
    group="Bounds",
)
PART_RANGE: Option[tuple[str, ...]] = Option(
    "part_range",
    "parts",
    "PART=LOWEST-HIGHEST: these pitches for one part, such as Bass=E1-E3.",
    (),
    where=("generate",),
    group="Bounds",
)
STAY: Option[float] = Option(
    "stay",
    "number",
    "How near the new bars stay to the seed, which the model learns first.",
    0.5,
    where=("generate", "live"),
    low=0,
    high=1,
    at_low="free",
    at_high="the seed with small changes",
)
FORM: Option[str | None] = Option(
    "form",
    "form",
    "Sections, instead of --bars, such as AABA or A8B4A: letters, and their bars. The seed is the first section.",
    None,
    where=("generate",),
    group="What to do",
)
HUMANIZE: Option[float] = Option(
    "humanize",
    "number",
    "Play new notes less evenly, in time and loudness.",
    0.0,
    where=("generate",),
    low=0,
    high=1,
    at_low="as written",
    at_high="as unevenly as drummers play",
)
TAKES: Option[int] = Option(
    "takes",
    "whole",
    "Number of files to write: out-1.mid, out-2.mid ...",
    1,
    where=("generate",),
    low=1,
    high=999,
    group="What to do",
)
BEST: Option[int | None] = Option(
    "best",
    "whole",
    "Of the takes, keep only so many: those that are likely, near the seed and different from one another.",
    None,
    where=("generate",),
    low=1,
    high=999,
    otherwise="all takes",
    group="What to do",
)
WITH_SEED: Option[bool] = Option(
    "with_seed",
    "flag",
    "Write the seed too (the default), or the new bars alone.",
    True,
    where=("generate",),
    off="without_seed",
    group="Files",
)
REGISTER: Option[int] = Option(
    "register", "whole", "Octaves that melodic notes sound higher.", 0, where=("knobs",), low=-4, high=4, unit="octaves"
)
VELOCITY: Option[float] = Option(
    "velocity",
    "number",
    "Factor on the loudness.",
    1.0,
    where=("knobs",),
    low=0,
    high=10,
    above=True,
    note="1 is as drawn",
)

FORMER_NAMES = {"variation": "vary"}

# The rows above by name, in the order in which they stand there: that of `--help` and of a form.
OPTIONS: dict[str, Option[Any]] = {row.name: row for row in list(globals().values()) if isinstance(row, Option)}


def on_command_line(name: str) -> str:
    """How a command calls the option that an OptionError names: "--from-bar", "--without-seed"."""
    name, _, is_off = name.partition("=")
    rows = {row.by_part: row.name for row in OPTIONS.values() if row.by_part}
    name = OPTIONS[name].off if is_off else rows.get(name, name)
    return f"--{name.replace('_', '-')}"


def new_random_seed() -> int:
    """A random seed for a run that was given none."""
    return secrets.randbelow(LARGEST_NEW_RANDOM_SEED + 1)


def as_json() -> list[dict[str, Any]]:
    """Every row of the table as plain data."""
    return [option.as_json() for option in OPTIONS.values()]
