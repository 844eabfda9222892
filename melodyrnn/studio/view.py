"""A MIDI file as the page draws it: plain data, with its notes exactly when they are played."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from melodyrnn.arrays import Doubles
from melodyrnn.encoding.events import PARTS
from melodyrnn.generation.progress import SoFar
from melodyrnn.midi.seedfile import SeedFile, of_busiest
from melodyrnn.midi.survey import key_of
from melodyrnn.music.chord_finding import found_progression
from melodyrnn.music.form_finding import found_form
from melodyrnn.music.general_midi import instrument_name
from melodyrnn.music.join import join_pulse
from melodyrnn.music.metre import beats_a_bar
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song, Track

Facts = dict[str, Any]
MOST_BARS_OF_CHORDS = 500  # of longer pieces none are looked for: it takes 2 ms a bar
DECIMALS = 3  # of a pulse: 0.02 ms at 120 bpm


def facts_of(file: SeedFile) -> Facts:
    """What there is to say of a file, in single values."""
    song, lines = file.song, file.song.bar_lines
    join, key, metre = join_pulse(of_busiest(file, PARTS).song), key_of(song, file.report), song.time_signatures[-1]
    return {
        "bars": song.bars,
        "bpm": song.tempos[0].bpm,
        "metre": f"{metre.numerator}/{metre.denominator}",
        "key": str(key) if key else None,
        "join_pulse": join,
        "join_bar": lines.position(join)[0] + 1,
        "end_pulse": song.end_pulses,
        "seconds": round(song.seconds(song.end_pulses), 2),
        "remarks": "; ".join(filter(None, (file.remarks, file.report.assumed, file.report.overruled))),
    }


def lists_of(file: SeedFile) -> Facts:
    """What there is to draw of a file. `goes_on`: parts that get new notes, if it is a seed.

    `notes` of a part: onset in pulses, pitch, duration in pulses, velocity.
    """
    song = file.song
    busiest = {id(track) for track in of_busiest(file, PARTS).song.tracks}
    return {
        **times_of(song),
        "sections": _sections(found_form(song)),
        "chords": _chords(song, key_of(song, file.report)) if song.bars <= MOST_BARS_OF_CHORDS else [],
        "parts": [
            {**part, "name": track.name, "goes_on": id(track) in busiest}
            for part, track in zip(parts_of(song.tracks, file.exact), song.tracks, strict=True)
        ],
    }


def times_of(song: Song) -> Facts:
    """The lists that say when bars are, and how fast."""
    lines = song.bar_lines
    return {
        "bar_lines": [lines.start(bar) for bar in range(song.bars + 1)],
        "time_signatures": [
            {"pulse": metre.onset_pulses, "numerator": metre.numerator, "denominator": metre.denominator}
            for metre in song.time_signatures
        ],
        "tempos": [{"pulse": tempo.onset_pulses, "bpm": tempo.bpm} for tempo in song.tempos],
    }


def sections_of(made: SoFar) -> list[Facts]:
    """The sections of a form that was asked for, each with where it begins, in bars from 1; none of other music."""
    return _sections(made.sections)


def _sections(sections: Sequence[tuple[str, int, int]]) -> list[Facts]:
    return [{"letter": letter, "first_bar": bar + 1, "bars": bars} for letter, bar, bars in sections]


def _chords(song: Song, key: Key | None) -> list[Facts]:
    """The chords that it plays, each where it begins."""
    found, lines = found_progression(song), song.bar_lines
    if found is None:
        return []
    chords = list[Facts]()
    for bar in range(len(found.bars)):
        start, end = lines.start(bar), lines.start(bar + 1)
        metre = lines.signature_at(start)
        for place, chord in found.spans(bar, end - start, beats_a_bar(metre.numerator, metre.denominator)):
            name = chord.name(key) if chord else ""
            if not chords or chords[-1]["name"] != name:
                chords.append({"pulse": start + place, "name": name})
    return chords


def parts_of(tracks: Sequence[Track], played: Sequence[tuple[Doubles, Doubles]]) -> list[Facts]:
    """Tracks as they are drawn. `played`: the exact onsets and durations of their notes, in pulses."""
    return [
        {
            "number": number,
            "title": track.name.strip() or instrument_name(track.program, track.is_drum).capitalize(),
            "program": track.program,
            "instrument": instrument_name(track.program, track.is_drum),
            "is_drum": track.is_drum,
            "notes": _rows(np.column_stack([onsets, track.array[:, 1], durations, track.array[:, 3]])),
        }
        for number, (track, (onsets, durations)) in enumerate(zip(tracks, played, strict=True), 1)
    ]


def mark_new(take: Facts, seed: Facts | None) -> int:
    """Put after each note of a take's lists 1 if it is new, that is, none of the seed's, else 0 -> how many are new."""
    given = Counter(tuple(note) for part in (seed["parts"] if seed else ()) for note in part["notes"])
    new = 0
    for part in take["parts"]:
        for note in part["notes"]:
            is_given = given[tuple(note)] > 0
            given[tuple(note)] -= is_given
            note.append(1 - is_given)
            new += not is_given
    return new


def _rows(notes: "np.ndarray[Any, np.dtype[np.float64]]") -> list[list[float]]:
    """As lists, whole numbers as such: they are shorter in JSON."""
    return [[int(value) if value.is_integer() else value for value in row] for row in notes.round(DECIMALS).tolist()]
