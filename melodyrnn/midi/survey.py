"""The facts of MIDI files and the sums over a folder, as plain data.

The facts are found in the processes that read files, within the same limits.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

from melodyrnn.errors import MidiFileError, count, one_line
from melodyrnn.midi import Limits, Options, ReadReport
from melodyrnn.midi.worker import Task, readings_of, run
from melodyrnn.music import Song, TimeSignature
from melodyrnn.music.beats import PLAYED_SHARE, usual_share
from melodyrnn.music.fingerprint import melody_digest, notes_digest
from melodyrnn.music.key_finding import found_key
from melodyrnn.music.scales import Key

Facts = dict[str, Any]
STATUSES = ("ok", "repaired", "skipped")
DRUMS = "drums"
COUNTED = {  # of what a file holds and the song does not, and of what is not as it was
    "dropped": {"controls": "control changes", "pitch_bends": "pitch bends", "empty_tracks": "tracks without notes"},
    "changed": {"moved_notes": "notes moved to a pulse", "lengthened_notes": "notes made a pulse long"},
}
PLURAL = re.compile(r"s\b")


def facts_task(limits: Limits, options: Options) -> Task[Facts]:
    """To read files, and to say what each holds. In place of a file that holds the same stand digests, in hex."""
    here = partial(_facts_of, limits=limits, options=options)
    return Task(__name__, [astuple(limits), astuple(options)], limits, _facts_from_bytes, here)


def main() -> None:
    """The program of `facts_task`."""

    def teller(numbers: Sequence[Any], choices: Sequence[Any]) -> tuple[Limits, Callable[[Sequence[str]], bytes]]:
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
    metre, key = _main_metre(song), key_of(song, report)
    on_grid = usual_share(song)
    melody = melody_digest(song)
    return {
        "path": path,
        "status": "repaired" if report.repaired else "ok",
        "reason": report.faults,
        "notes": song.note_count,
        "bars": song.bars,
        "key": str(key) if key else None,
        "key_signature": report.key_signature or None,
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
    """Facts that had to be guessed because the file does not hold them."""
    said = []
    if report.named_drums:
        said.append(f"{count(report.named_drums, 'track')} taken for drums by name")
    if len(song.tracks) > 1 and not any(track.program or track.is_drum for track in song.tracks):
        said.append(f"{len(song.tracks)} tracks and no instrument named: all of program 0")
    if report.held_notes:
        said.append(f"{count(report.held_notes, 'note')} held by the pedal")
    if report.found_beats:
        said.append(f"{count(report.found_beats, 'beat')} found, and used in place of the tempo map of the file")
    if report.overruled_tempos:
        said.append(
            f"{count(report.overruled_tempos, 'tempo')} at the time of another, which is read: the later track's"
        )
    if report.assumed:
        said.append(report.assumed)
    return said


def key_of(song: Song, report: ReadReport) -> Key | None:
    """That of the file's key signature where the notes agree with it, else the likeliest."""
    return found_key(song, Key.parse(report.key_signature) if report.key_signature else None)


def _main_metre(song: Song) -> TimeSignature:
    """The time signature in force the longest: not that of a pickup bar."""
    ends = [*(signature.onset_pulses for signature in song.time_signatures[1:]), song.end_pulses]
    spans = [end - signature.onset_pulses for signature, end in zip(song.time_signatures, ends, strict=True)]
    return song.time_signatures[spans.index(max(spans))]


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
