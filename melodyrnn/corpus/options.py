"""The options of reading and varying a corpus, as rows of a table: those that `train` and `tune` share.

Each default has a measured reason: docs/hearing.md.
"""

from typing import Any

from melodyrnn.options import Option

WHERE = ("train", "tune")

ONE_STYLE: Option[bool] = Option(
    "one_style", "flag", "Take the folder as one style, whatever subfolders it has.", False, WHERE
)
HELD_OUT: Option[float] = Option(
    "held_out",
    "number",
    "Share of pieces to validate on, not learned.",
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
    "Grid of beats, whatever the tempo; or of seconds, for takes without a click.",
    "beats",
    WHERE,
    choices=("beats", "seconds"),
)
VELOCITY: Option[str] = Option(
    "velocity",
    "choice",
    "Loudness as it is, or each part moved to the same median.",
    "written",
    WHERE,
    choices=("written", "level"),
)
TRANSPOSE: Option[bool] = Option(
    "transpose",
    "flag",
    "Each time read a piece in another key (the default), or always as it is.",
    True,
    WHERE,
    off="no_transpose",
)
JITTER: Option[int] = Option(
    "jitter",
    "whole",
    "How far notes begin earlier or later, anew each time.",
    0,
    WHERE,
    low=0,
    high=6,
    unit="pulses",
)
EVENNESS: Option[float] = Option(
    "evenness",
    "number",
    "How evenly pieces count.",
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
