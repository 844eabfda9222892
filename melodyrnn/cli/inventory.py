"""What a folder of MIDI files holds as a whole: sums over the facts of its files, as JSON and as a table."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

STATUSES = ("ok", "repaired", "skipped")
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
            "repaired": _counts(
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
        "instruments": _counts("drums" if t["is_drum"] else f"program {t['program']}" for t in tracks),
        "dropped": {what: sum(facts["dropped"][what] for facts in music) for what in ("controls", "pitch_bends")},
    }


def table(totals: dict[str, Any]) -> list[str]:
    """The totals of a folder, a line each; what there is none of is left out."""
    duplicates, dropped = totals["duplicates"], totals["dropped"]
    rows = {
        "skipped": _list(totals["reasons"]["skipped"]),
        "repaired": _list(totals["reasons"]["repaired"]),
        "duplicates": _list({"same notes": duplicates["same_notes"], "same melody": duplicates["same_melody"]}),
        "keys": _list(totals["keys"]),
        "metres": _list(totals["metres"]),
        "timings": _list(totals["timings"]),
        "instruments": _list(totals["instruments"]),
        "dropped": _list({"controls": dropped["controls"], "pitch bends": dropped["pitch_bends"]}),
        "hours": f"{totals['hours']:g}",
    }
    return [f"{name:<12}{row}" for name, row in rows.items() if row]


def _kind(facts: dict[str, Any]) -> str:
    """The reason without the file's name, and without what is this one file's."""
    reason = str(facts["reason"]).removeprefix(f"{facts['path']}: ")
    return re.sub(r"\d+", "N", re.split(r" \(|; ", reason)[0])


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _list(counts: dict[str, int]) -> str:
    shown = [(what, count) for what, count in counts.items() if count]
    rest = f", and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
    return ", ".join(f"{count} × {what}" for what, count in shown[:MOST_SHOWN]) + rest
