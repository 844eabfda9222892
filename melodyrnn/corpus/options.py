"""The options of reading and varying a corpus, as rows of a table: those that `train` and `tune` share.

Each default has a measured reason: docs/experiments/training-data.md.
"""

from typing import Any

from melodyrnn.options import Option

WHERE = ("train", "tune")

ONE_STYLE: Option[bool] = Option(
    "one_style", "flag", "Make the whole folder one style, ignoring subfolders.", False, WHERE
)
HELD_OUT: Option[float] = Option(
    "held_out",
    "number",
    "Share of the pieces to validate on, instead of training.",
    0.05,
    WHERE,
    low=0,
    high=1,
    above=True,
    below=True,
)
TIME: Option[str] = Option(
    "time",
    "choice",
    "beats: a grid of quarter notes. seconds: a grid of seconds, for takes without a click.",
    "beats",
    WHERE,
    choices=("beats", "seconds"),
)
VELOCITY: Option[str] = Option(
    "velocity",
    "choice",
    "written: loudness as in the file. level: every part is moved to the same median.",
    "written",
    WHERE,
    choices=("written", "level"),
)
TRANSPOSE: Option[bool] = Option(
    "transpose",
    "flag",
    "Put a piece into another key each time it is read (the default), or never.",
    True,
    WHERE,
    off="no_transpose",
)
JITTER: Option[int] = Option(
    "jitter",
    "whole",
    "How far notes are moved at random, each time a piece is read.",
    0,
    WHERE,
    low=0,
    high=6,
    unit="pulses",
)
EVENNESS: Option[float] = Option(
    "evenness",
    "number",
    "How far long pieces give way to short ones.",
    0.5,
    WHERE,
    low=0,
    high=1,
    at_low="by their length",
    at_high="long ones no more than usual ones",
)

OPTIONS: dict[str, Option[Any]] = {
    row.name: row for row in (ONE_STYLE, HELD_OUT, TIME, VELOCITY, TRANSPOSE, JITTER, EVENNESS)
}
