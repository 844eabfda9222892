"""`melodyrnn inspect`: what MIDI files hold."""

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.counts import count
from melodyrnn.cli.limits import limit_options, limits_of
from melodyrnn.cli.lines import say
from melodyrnn.errors import MidiFileError

if TYPE_CHECKING:
    from melodyrnn.midi import ReadReport
    from melodyrnn.music import Song, TimeSignature

UNLIMITED = 10**6  # columns: of a pipe

EXAMPLES = """\b
Examples:
  melodyrnn inspect song.mid
  melodyrnn inspect my_songs --json
  melodyrnn inspect performances --pedal --beats --max-seconds 5"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The facts as JSON.")
@click.option("--pedal", is_flag=True, help="Notes sound as long as the sustain pedal holds them.")
@click.option("--beats", is_flag=True, help="Put performances without a useful tempo map on the beats found in them.")
@limit_options
def inspect(path: Path, as_json: bool, pedal: bool, beats: bool, **most: Any) -> None:
    """Say what a MIDI file, or each MIDI file of a folder, holds, and which cannot be read and why."""
    from melodyrnn.cli.inventory import STATUSES, changes_table, table, totals_of
    from melodyrnn.cli.progress import progress_bar
    from melodyrnn.midi import LIMITS, Options, read_midi
    from melodyrnn.midi.folder import midi_files, read_files

    limits = limits_of(most, LIMITS)
    options = Options(pedal=pedal, beats=beats)
    known: _Known = {}
    if os.path.isdir(path):
        paths, found = midi_files(path), []
        with progress_bar("Reading") as report:
            for index, (file, reading) in enumerate(read_files(paths, limits, options=options)):
                if isinstance(reading, MidiFileError):
                    found.append({"path": str(file), "status": "skipped", "reason": str(reading)})
                else:
                    found.append(_facts(file, *reading, known))
                report((index + 1) / len(paths))
    else:
        found = [_facts(path, *read_midi(path, limits, options), known)]
    totals = totals_of(found)
    if as_json:
        click.echo(json.dumps({"files": found, "totals": totals}, indent=1))
        return
    for facts in found:
        say(_line(facts, path))
    rows = table if os.path.isdir(path) else changes_table
    for line in rows(totals, shutil.get_terminal_size((UNLIMITED, 0)).columns):
        say(line)
    counts = ", ".join(f"{totals[status]} {status}" for status in STATUSES)
    say(
        f"{count(totals['files'], 'file')} ({counts}), {count(totals['notes'], 'note')}, {count(totals['bars'], 'bar')}"
    )


_Known = dict[bytes, str]  # the digest of music read before -> the first file that holds it


def _facts(path: Path, song: "Song", report: "ReadReport", known: _Known) -> dict[str, Any]:
    """What one file holds, and which of those before it holds the same."""
    from melodyrnn.music.beats import PLAYED_SHARE, usual_share
    from melodyrnn.music.fingerprint import melody_digest, notes_digest
    from melodyrnn.music.scales import estimate_key

    metre, key = _main_metre(song), estimate_key(song)
    on_grid = usual_share(song)
    notes, melody = notes_digest(song), melody_digest(song)
    same_notes, same_melody = known.get(notes), known.get(melody) if melody else None
    known.setdefault(notes, str(path))
    if melody:
        known.setdefault(melody, str(path))
    return {
        "path": str(path),
        "status": "repaired" if report.repaired else "ok",
        "reason": report.faults,
        "notes": song.note_count,
        "bars": song.bars,
        "key": str(key) if key else None,
        "metre": f"{metre.numerator}/{metre.denominator}",
        "metre_changes": len(song.time_signatures) - 1,
        "bpm": song.tempos[0].bpm,
        "tempo_changes": len(song.tempos) - 1,
        "seconds": round(song.seconds(song.end_pulses), 2),
        "on_grid": round(on_grid, 3),
        "timing": "found beats" if report.found_beats else "notated" if on_grid >= PLAYED_SHARE else "played",
        "understood": _understood(song, report),
        "same_notes_as": same_notes,
        "same_melody_as": None if same_notes else same_melody,
        "dropped": {
            "controls": report.dropped_controls,
            "pitch_bends": report.dropped_pitch_bends,
            "empty_tracks": report.empty_tracks,
        },
        "changed": {"moved_notes": report.moved_notes, "lengthened_notes": report.lengthened_notes},
        "tracks": [
            {"name": track.name, "program": track.program, "is_drum": track.is_drum, "notes": len(track)}
            for track in song.tracks
        ],
    }


def _understood(song: "Song", report: "ReadReport") -> list[str]:
    """What had to be guessed of a file that does not say it."""
    said = []
    if report.named_drums:
        said.append(f"{count(report.named_drums, 'track')} taken for drums by name")
    if len(song.tracks) > 1 and not any(track.program or track.is_drum for track in song.tracks):
        said.append(f"{len(song.tracks)} tracks and no instrument named: all of program 0")
    if report.held_notes:
        said.append(f"{count(report.held_notes, 'note')} held by the pedal")
    if report.found_beats:
        said.append(f"{count(report.found_beats, 'beat')} found, the tempo map of the file dropped")
    return said


def _main_metre(song: "Song") -> "TimeSignature":
    """The time signature in force the longest: not that of a pickup bar."""
    ends = [*(signature.onset_pulses for signature in song.time_signatures[1:]), song.end_pulses]
    spans = [end - signature.onset_pulses for signature, end in zip(song.time_signatures, ends, strict=True)]
    return song.time_signatures[spans.index(max(spans))]


def _line(facts: dict[str, Any], folder: Path) -> str:
    """What is said of a file, whose name is told from the folder on."""
    from melodyrnn.cli.inventory import reason_of

    name = _from(folder, facts["path"])
    if facts["status"] == "skipped":
        return f"{name}: skipped ({reason_of(facts)})"
    changes = [
        f" ({count(facts[name], 'change')})" if facts[name] else "" for name in ("metre_changes", "tempo_changes")
    ]
    parts = [
        f"{count(facts['bars'], 'bar')} of {facts['metre']}{changes[0]}",
        f"{count(facts['notes'], 'note')} in {count(len(facts['tracks']), 'track')}",
        facts["key"] or "no key",
        f"{facts['bpm']:g} bpm{changes[1]}",
    ]
    parts += [*facts["understood"], *(["played freely"] if facts["timing"] == "played" else [])]
    repaired = f" (repaired: {facts['reason']})" if facts["reason"] else ""
    same = "".join(
        f" (same {what} as {_from(folder, facts[f'same_{what}_as'])})"
        for what in ("notes", "melody")
        if facts[f"same_{what}_as"]
    )
    return f"{name}: {', '.join(parts)}{repaired}{same}"


def _from(folder: Path, path: str) -> str:
    """The path from a folder on; of the file that was named itself, as it was named."""
    return os.path.relpath(path, folder) if os.path.isdir(folder) else path
