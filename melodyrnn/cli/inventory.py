"""What a folder of MIDI files holds as a whole: sums over the facts of its files, as JSON and as a table."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import TextWrapper
from typing import Any

from melodyrnn.errors import one_line

STATUSES = ("ok", "repaired", "skipped")
UNBROKEN_SPACE = "\u00a0"  # inside what is to stay on a line
NAME_COLUMNS, FEWEST_COLUMNS = 12, 40
DRUMS = "drums"
FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "synth effects", "ethnic", "percussive", "sound effects",
)  # fmt: skip
COUNTED = {  # of what a file holds and the song does not, and of what is not as it was
    "dropped": {"controls": "controls", "pitch_bends": "pitch bends", "empty_tracks": "tracks without notes"},
    "changed": {"moved_notes": "notes moved to a pulse", "lengthened_notes": "notes made a pulse long"},
}
PLURAL = re.compile(r"s\b")
MOST_SHOWN = 8  # of each kind in the table; the JSON has all


def totals_of(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts over the facts of files as `inspect` gathers them, each most common first."""
    statuses = Counter(facts["status"] for facts in found)
    music = [facts for facts in found if facts["status"] != "skipped"]
    tracks = [track for facts in music for track in facts["tracks"]]
    return {
        "files": len(found),
        **{status: statuses[status] for status in STATUSES},
        **{unit: sum(facts[unit] for facts in music) for unit in ("notes", "bars")},
        "hours": round(sum(facts["seconds"] for facts in music) / 3600, 3),
        "reasons": {
            "skipped": _counts(_kind(facts) for facts in found if facts["status"] == "skipped"),
            "repaired": _alike(
                re.sub(r"^\d+ ", "", part)
                for facts in music
                if facts["status"] == "repaired"
                for part in facts["reason"].split(", ")
            ),
        },
        "duplicates": {
            "same_notes": sum(bool(facts["same_notes_as"]) for facts in music),
            "same_melody": sum(bool(facts["same_melody_as"]) for facts in music),
        },
        "keys": _counts(facts["key"] or "none" for facts in music),
        "metres": _counts(facts["metre"] for facts in music),
        "timings": _counts(facts["timing"] for facts in music),
        "instruments": _counts(DRUMS if t["is_drum"] else f"program {t['program']}" for t in tracks),
        **{
            kind: {what: sum(facts[kind][what] for facts in music) for what in names} for kind, names in COUNTED.items()
        },
    }


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
    return {kind: _list({said: totals[kind][what] for what, said in names.items()}) for kind, names in COUNTED.items()}


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


def reason_of(facts: dict[str, Any]) -> str:
    """The reason for which a file was skipped, without its name."""
    return str(facts["reason"]).removeprefix(f"{one_line(facts['path'])}: ")


def _kind(facts: dict[str, Any]) -> str:
    """The reason without what is this one file's."""
    return re.sub(r"\d+", "N", re.split(r" \(|; ", reason_of(facts))[0])


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _alike(texts: Iterable[str]) -> dict[str, int]:
    """As `_counts`, of one thing and of several of it together, in the plural."""
    texts = list(texts)
    named: dict[str, str] = {}
    for text in texts:
        singular = PLURAL.sub("", text)
        named[singular] = max(named.get(singular, ""), text, key=len)
    return _counts(named[PLURAL.sub("", text)] for text in texts)


def _list(counts: dict[str, int]) -> str:
    shown = [(what, count) for what, count in counts.items() if count]
    rest = f", and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
    items = [f"{count} × {what}".replace(" ", UNBROKEN_SPACE) for what, count in shown[:MOST_SHOWN]]
    return ", ".join(items) + rest
