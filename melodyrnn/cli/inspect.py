"""`melodyrnn inspect`: what MIDI files hold."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.counts import count
from melodyrnn.errors import MidiFileError

if TYPE_CHECKING:
    from melodyrnn.music import Song, TimeSignature

EXAMPLES = """\b
Examples:
  melodyrnn inspect song.mid
  melodyrnn inspect my_songs --json"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The facts as JSON.")
def inspect(path: Path, as_json: bool) -> None:
    """Say what a MIDI file, or each MIDI file of a folder, holds, and which cannot be read and why."""
    from melodyrnn.cli.progress import progress_bar
    from melodyrnn.training.folder import midi_files

    if os.path.isdir(path):
        paths, found = midi_files(path), []
        with progress_bar("Reading") as report:
            for index, file in enumerate(paths):
                try:
                    found.append(_facts(file))
                except MidiFileError as error:
                    found.append({"path": str(file), "status": "skipped", "reason": str(error)})
                report((index + 1) / len(paths))
    else:
        found = [_facts(path)]
    statuses = [facts["status"] for facts in found]
    totals = {
        "files": len(found),
        **{status: statuses.count(status) for status in ("ok", "repaired", "skipped")},
        **{unit: sum(facts.get(unit, 0) for facts in found) for unit in ("notes", "bars")},
    }
    if as_json:
        click.echo(json.dumps({"files": found, "totals": totals}, indent=1))
        return
    for facts in found:
        click.echo(_line(facts))
    counts = ", ".join(f"{totals[status]} {status}" for status in ("ok", "repaired", "skipped"))
    click.echo(
        f"{count(totals['files'], 'file')} ({counts}), {count(totals['notes'], 'note')}, {count(totals['bars'], 'bar')}"
    )


def _facts(path: Path) -> dict[str, Any]:
    """What one file holds. MidiFileError if it cannot be read."""
    from melodyrnn.midi import read_midi
    from melodyrnn.music.scales import estimate_key

    song, report = read_midi(path)
    metre, key = _main_metre(song), estimate_key(song)
    return {
        "path": str(path),
        "status": "repaired" if report.repaired else "ok",
        "reason": str(report) if report.repaired else "",
        "notes": song.note_count,
        "bars": song.bars,
        "key": str(key) if key else None,
        "metre": f"{metre.numerator}/{metre.denominator}",
        "metre_changes": len(song.time_signatures) - 1,
        "bpm": song.tempos[0].bpm,
        "tempo_changes": len(song.tempos) - 1,
        "seconds": round(song.seconds(song.end_pulses), 2),
        "tracks": [
            {"name": track.name, "program": track.program, "is_drum": track.is_drum, "notes": len(track)}
            for track in song.tracks
        ],
    }


def _main_metre(song: "Song") -> "TimeSignature":
    """The time signature in force the longest: not that of a pickup bar."""
    ends = [*(signature.onset_pulses for signature in song.time_signatures[1:]), song.end_pulses]
    spans = [end - signature.onset_pulses for signature, end in zip(song.time_signatures, ends, strict=True)]
    return song.time_signatures[spans.index(max(spans))]


def _line(facts: dict[str, Any]) -> str:
    if facts["status"] == "skipped":
        return f"skipped {facts['reason']}"
    changes = [
        f" ({count(facts[name], 'change')})" if facts[name] else "" for name in ("metre_changes", "tempo_changes")
    ]
    parts = [
        f"{count(facts['bars'], 'bar')} of {facts['metre']}{changes[0]}",
        f"{count(facts['notes'], 'note')} in {count(len(facts['tracks']), 'track')}",
        facts["key"] or "no key",
        f"{facts['bpm']:g} bpm{changes[1]}",
    ]
    repaired = f" (repaired: {facts['reason']})" if facts["reason"] else ""
    return f"{facts['path']}: {', '.join(parts)}{repaired}"
