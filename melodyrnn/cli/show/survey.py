"""The sums over a folder of MIDI files as a table, as wide as the terminal."""

from collections import Counter
from textwrap import TextWrapper
from typing import Any

from melodyrnn.midi.survey import COUNTED, DRUMS

UNBROKEN_SPACE = "\u00a0"  # inside what is to stay on a line
NAME_COLUMNS, FEWEST_COLUMNS = 12, 40
FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "synth effects", "ethnic", "percussive", "sound effects",
)  # fmt: skip
LABELS = {"dropped": "left as is"}  # in plain words: they stay in the file, and are no notes to compose from
MOST_SHOWN = 8  # of each kind in the table; the JSON has all


def table(totals: dict[str, Any], columns: int) -> list[str]:
    """The totals of a folder, each a line, or more where there are fewer columns; what there is none of is left out."""
    duplicates = totals["duplicates"]
    rows = {
        "skipped": _list(totals["reasons"]["skipped"]),
        "repaired": _list(totals["reasons"]["repaired"]),
        "duplicates": _list({"same notes": duplicates["same_notes"], "same melody": duplicates["same_melody"]}),
        "keys": _list(totals["keys"]),
        "metres": _list(totals["metres"]),
        "timings": _list(totals["timings"]),
        "instruments": _list(_families(totals["instruments"])),
        **_changes(totals),
        "hours": f"{totals['hours']:g}",
    }
    return _lines(rows, columns)


def changes_table(totals: dict[str, Any], columns: int) -> list[str]:
    """As `table`, only what was left out and changed."""
    return _lines(_changes(totals), columns)


def _changes(totals: dict[str, Any]) -> dict[str, str]:
    return {
        LABELS.get(kind, kind): _list({said: totals[kind][what] for what, said in names.items()})
        for kind, names in COUNTED.items()
    }


def _lines(rows: dict[str, str], columns: int) -> list[str]:
    wrapped = TextWrapper(
        max(columns, FEWEST_COLUMNS),
        subsequent_indent=" " * NAME_COLUMNS,
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = [line for name, row in rows.items() if row for line in wrapped.wrap(f"{name:<{NAME_COLUMNS}}{row}")]
    return [line.replace(UNBROKEN_SPACE, " ") for line in lines]


def _families(instruments: dict[str, int]) -> dict[str, int]:
    """The counts by General MIDI's families of eight programs each, most common first."""
    families: Counter[str] = Counter()
    for name, count in instruments.items():
        families[FAMILIES[int(name.split()[1]) // 8] if name != DRUMS else name] += count
    return dict(families.most_common())


def _list(counts: dict[str, int]) -> str:
    shown = [(what, count) for what, count in counts.items() if count]
    rest = f", and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
    items = [f"{count} × {what}".replace(" ", UNBROKEN_SPACE) for what, count in shown[:MOST_SHOWN]]
    return ", ".join(items) + rest
