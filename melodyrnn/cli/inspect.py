"""`melodyrnn inspect`: what MIDI files hold."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import click

from melodyrnn.cli.options.drums import drums_options
from melodyrnn.cli.options.limits import limit_options, limits_of
from melodyrnn.cli.show.text import say
from melodyrnn.errors import MidiFileError, count

UNLIMITED = 10**6  # columns: of a pipe

EXAMPLES = """\b
Examples:
  melodyrnn inspect song.mid
  melodyrnn inspect my_songs --json
  melodyrnn inspect performances --pedal --beats --limits seconds=5"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
@click.option("--pedal", is_flag=True, help="Make notes as long as the sustain pedal holds them.")
@click.option("--beats", is_flag=True, help="Find the beats of performances that were recorded without a click.")
@drums_options
@limit_options()
def inspect(
    path: Path,
    as_json: bool,
    pedal: bool,
    beats: bool,
    drums: tuple[str, ...],
    not_drums: tuple[str, ...],
    **most: Any,
) -> None:
    """List what a MIDI file, or each MIDI file of a folder, holds, and why others cannot be read."""
    from melodyrnn.cli.show.progress import progress_bar
    from melodyrnn.cli.show.survey import changes_table, table
    from melodyrnn.midi import LIMITS, Options
    from melodyrnn.midi.folder import in_processes, midi_files
    from melodyrnn.midi.survey import STATUSES, facts_task, totals_of

    task = facts_task(limits_of(most, LIMITS), Options(pedal, beats, drums, not_drums))
    paths = midi_files(path) if os.path.isdir(path) else [path]
    outcomes = in_processes(paths, task)
    found, known = list[dict[str, Any]](), dict[str, str]()
    with progress_bar("Reading") as report:
        for index, (file, outcome) in enumerate(outcomes):
            if not isinstance(outcome, MidiFileError):
                _compare(outcome, known)
                found.append(outcome)
            elif file == path:
                raise outcome
            else:
                found.append({"path": str(file), "status": "skipped", "reason": str(outcome)})
            report((index + 1) / len(paths))
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


def _compare(facts: dict[str, Any], known: dict[str, str]) -> None:
    """Name the first of the files before this one that holds the same. `known`: digests, and where each came first."""
    notes, melody = facts["same_notes_as"], facts["same_melody_as"]
    facts["same_notes_as"], same_melody = known.get(notes), known.get(melody) if melody else None
    facts["same_melody_as"] = None if facts["same_notes_as"] else same_melody
    for digest in filter(None, (notes, melody)):
        known.setdefault(digest, facts["path"])


def _line(facts: dict[str, Any], folder: Path) -> str:
    """The line about a file, whose name is relative to the folder."""
    from melodyrnn.midi.survey import reason_of

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
