"""What a MIDI file holds, as plain facts, found out in the processes that read files: within the same limits."""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

from melodyrnn.cli.counts import count
from melodyrnn.errors import MidiFileError
from melodyrnn.midi import Limits, Options, ReadReport
from melodyrnn.midi.worker import Task, readings_of, run
from melodyrnn.music import Song, TimeSignature
from melodyrnn.music.beats import PLAYED_SHARE, usual_share
from melodyrnn.music.fingerprint import melody_digest, notes_digest
from melodyrnn.music.scales import estimate_key

Facts = dict[str, Any]


def facts_task(limits: Limits, options: Options) -> Task[Facts]:
    """To read files, and to say what each holds. In place of a file that holds the same stand digests, in hex."""
    here = partial(_facts_of, limits=limits, options=options)
    return Task(__name__, [astuple(limits), astuple(options)], limits, _facts_from_bytes, here)


def main() -> None:
    """The program of `facts_task`."""

    def teller(numbers: Sequence[Any], choices: Sequence[bool]) -> tuple[Limits, Callable[[Sequence[str]], bytes]]:
        limits, options = Limits(*numbers), Options(*choices)
        return limits, lambda paths: _facts_bytes(_facts_of(paths, limits, options))

    run(teller)


def _facts_of(paths: Sequence[Path | str], limits: Limits, options: Options) -> list[Facts | MidiFileError]:
    found: list[Facts | MidiFileError] = []
    for path, reading in zip(paths, readings_of(paths, limits, options), strict=True):
        try:
            found.append(reading if isinstance(reading, MidiFileError) else _facts(str(path), *reading))
        except MemoryError:
            found.append(MidiFileError(f"{path}: took more than {limits.memory_bytes >> 20} MB of memory to read"))
    return found


def _facts_bytes(found: Sequence[Facts | MidiFileError]) -> bytes:
    return json.dumps([str(facts) if isinstance(facts, MidiFileError) else facts for facts in found]).encode()


def _facts_from_bytes(frame: bytes) -> list[Facts | MidiFileError]:
    """ValueError where it is no such frame."""
    found = json.loads(frame)
    if not isinstance(found, list) or not all(isinstance(facts, str | dict) for facts in found):
        raise ValueError("not facts of files")
    return [MidiFileError(facts) if isinstance(facts, str) else facts for facts in found]


def _facts(path: str, song: Song, report: ReadReport) -> Facts:
    metre, key = _main_metre(song), estimate_key(song)
    on_grid = usual_share(song)
    melody = melody_digest(song)
    return {
        "path": path,
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
        "same_notes_as": notes_digest(song).hex(),
        "same_melody_as": melody.hex() if melody else None,
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


def _understood(song: Song, report: ReadReport) -> list[str]:
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


def _main_metre(song: Song) -> TimeSignature:
    """The time signature in force the longest: not that of a pickup bar."""
    ends = [*(signature.onset_pulses for signature in song.time_signatures[1:]), song.end_pulses]
    spans = [end - signature.onset_pulses for signature, end in zip(song.time_signatures, ends, strict=True)]
    return song.time_signatures[spans.index(max(spans))]
