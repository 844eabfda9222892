"""Random settings of all exact controls, in every style: new notes obey, and what is given stays event for event.

A few runs are part of the tests; MELODYRNN_CONTROL_RUNS=500 makes so many. The number of a run decides all of it.
"""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np
import pytest
from untouched import assert_begins_as, assert_untouched

from melodyrnn import api
from melodyrnn.encoding.events import DRUM
from melodyrnn.errors import OptionError
from melodyrnn.generation import Continuation, Request
from melodyrnn.generation.bounds import PartBounds
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.seedfile import SeedFile, parse_seed, seed_of_song
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.pitches import pitch_name

RUNS = int(os.environ.get("MELODYRNN_CONTROL_RUNS", "8"))
MOST_TRIES = 40  # settings that are refused before some are not
METRES = ((4, 4), (3, 4), (6, 8), (7, 8))
PARTS = (("Lead", 73, 72), ("Keys", 0, 60), ("Bass", 33, 36), ("Drums", 0, 0))  # name, program, lowest pitch
KEYS = ("C", "A minor", "D dorian", "E blues", "C D Eb G A", "F# harmonic minor")
CHORDS = ("Am F C G", "Dm7 G7 | Cmaj7 | %", "C/E")
Asked = dict[str, Any]


def random_song(random: Random) -> Song:
    """Four to eight bars of one to four parts, played a little unevenly."""
    bars, signature = random.randint(4, 8), TimeSignature(0, *random.choice(METRES))
    bar, tracks = signature.bar_pulses, []
    for name, program, lowest in sorted(random.sample(PARTS, random.randint(1, 4)), key=PARTS.index):
        notes = []
        for start in range(0, bars * bar, bar):
            for place in sorted(random.sample(range(0, bar, 12), random.randint(1, 4))):
                onset, velocity = start + place + random.choice((0, 0, 0, 1)), random.randint(30, 120)
                pitches = [random.choice((36, 38, 42, 46))] if name == "Drums" else [lowest + random.randint(0, 11)]
                if name == "Keys":
                    pitches += [pitches[0] + 4, pitches[0] + 7]
                length = random.choice((6, 12, 24, 48))
                notes += [Note(onset, pitch, length, velocity) for pitch in pitches]
        tracks.append(Track(_apart(notes), program, name == "Drums", name))
    return Song(tracks, (), (signature,), bars * bar)


def _apart(notes: list[Note]) -> list[Note]:
    """The notes, of which each ends before its pitch begins again."""
    found, next_onset = list[Note](), dict[int, int]()
    for note in sorted(notes, key=lambda note: note.onset_pulses, reverse=True):
        until = next_onset.get(note.pitch, note.onset_pulses + note.duration_pulses)
        next_onset[note.pitch] = note.onset_pulses
        if until > note.onset_pulses:
            found.append(note._replace(duration_pulses=min(note.duration_pulses, until - note.onset_pulses)))
    return found[::-1]


def random_settings(random: Random, song: Song) -> Asked:
    """Something to make of a song, and some controls, of which not all may go together."""

    def some(chance: float, value: Callable[[], Any]) -> Any:
        return value() if random.random() < chance else None

    names = [track.name for track in song.tracks]
    melodic = [track for track in song.tracks if not track.is_drum]
    first = random.randint(1, song.bars)
    passage = f"{first}-{min(song.bars, first + random.randint(0, 2))}"
    ways: list[Asked] = [
        {"bars": random.randint(1, 3)},
        {"bars": random.randint(1, 3), "from_bar": random.randint(1, 2), "to_bar": random.randint(3, song.bars)},
        {"bars": random.randint(1, 3), "keep": random.choice(("rhythm", "pitches"))},
        {"replace": passage},
        {"replace": passage, "part": tuple(random.sample(names, random.randint(1, len(names))))},
        {"replace": passage, "vary": random.choice((0.0, 0.2, 0.5, 1.0))},
        {"replace": passage, "keep": random.choice(("rhythm", "pitches"))},
        {"add": random.choice(("bass", "drums", "chords", "melody", "pad", "strings", "Viola:41"))},
        {"add": random.choice(("bass", "drums", "chords", "melody", "pad", "strings")), "over": passage},
        {"form": random.choice(("AB2A", "AAB1"))},
    ]
    low, high = random.randint(30, 60), random.randint(66, 96)
    asked = random.choice(ways) | {
        "low": some(0.3, lambda: low),
        "high": some(0.3, lambda: high),
        "key": some(0.4, lambda: random.choice((*KEYS, "seed"))),
        "chords": some(0.2, lambda: random.choice((*CHORDS, "seed"))),
        "density": some(0.2, lambda: random.choice((0.5, 2.0))),
        "monophonic": some(0.3, lambda: True),
        "range": some(0.3, lambda: "free"),
        "humanize": some(0.2, lambda: 0.5),
        "temperature": some(0.3, lambda: random.choice((0.0, 0.7, 1.5))),
        "stay": random.choice((0.0, 0.0, 0.0, 0.0, 0.2)),
        "random_seed": random.randrange(10**6),
    }
    if melodic and random.random() < 0.3:
        part, lowest = random.choice(melodic).name, random.randint(24, 72)
        asked["part_range"] = {part: f"{pitch_name(lowest)}-{pitch_name(lowest + random.randint(4, 24))}"}
    if random.random() < 0.2:
        asked["part_density"] = {random.choice(names): random.choice((0.3, 0.7))}
    return asked


def made_of(random: Random, style: str) -> tuple[SeedFile, Request, Continuation]:
    """A song and settings that are not refused, and what they make."""
    for _ in range(MOST_TRIES):
        song = random_song(random)
        asked = random_settings(random, song)
        file = seed_of_song(song)
        with suppress(OptionError):
            request = Request.of({**asked, "style": style})
            if request.from_bar is not None:
                file = bars_between(file, request.from_bar, request.to_bar)
            return file, request, api.continuation(api.seed_in(file), request)
    raise AssertionError("all settings are refused")


def assert_obeys(made: Continuation, request: Request, file: SeedFile) -> None:
    """Every new note is within the limits that are asked for, and those of the seed."""
    seed = api.seed_in(file)
    constraints = request.sampling(made.seed).constraints
    start = made.gap.start if made.gap else made.join_pulse
    end = made.gap.end if made.gap else made.song.end_pulses
    for part, (track, new) in enumerate(zip(made.song.tracks, made.new_notes, strict=True)):
        onsets, durations = made.played[part]
        assert len(onsets) == len(new)
        assert (durations > 0).all()
        if made.gap and part not in made.gap.parts:
            assert not len(new)
        if not made.gap or request.keep != "rhythm":
            assert (onsets >= start - (0 if made.gap else start - seed.earliest_pulse)).all()
        assert (onsets + durations <= end + 1e-6).all()
        comes_again = request.form is not None  # the first section, as it was
        in_order = sorted(zip(onsets.tolist(), durations.tolist(), new[:, 1].tolist(), strict=True))
        last: dict[int, float] = {}
        for onset, duration, pitch in in_order:
            assert comes_again or request.keep == "rhythm" or last.get(pitch, 0.0) <= onset + 1e-6, (
                "a pitch begins while it sounds"
            )
            last[pitch] = onset + duration
        if request.monophonic and not track.is_drum and not comes_again:
            ends = np.maximum.accumulate([onset + duration for onset, duration, _ in in_order] or [0.0])
            assert all(
                onset >= until - 1e-6 for (onset, *_), until in zip(in_order[1:], ends.tolist(), strict=False)
            ), "a note begins while another sounds"
        if request.keep == "pitches":
            continue
        pitches, allowed = new[:, 1], constraints.pitches(part)
        if comes_again:
            pitches = pitches[~np.isin(pitches, made.given[part].array[:, 1])]
        bounds = bounds_of(made, part)
        if track.is_drum:
            if request.range == "seed" and bounds is not None:
                assert bounds.allowed()[DRUM + pitches].all(), "a sound that the kit never played"
            continue
        assert allowed[pitches].all(), "a pitch that is not allowed"
        if request.range == "seed" and bounds is not None and not constraints.has_range(part):
            within = allowed & bounds.allowed()[:DRUM]
            assert (within if within.any() else allowed)[pitches].all(), "a pitch out of the register"


def bounds_of(made: Continuation, part: int) -> PartBounds | None:
    """Those of a part by its given notes; by those that go where it has no others; None for an added part."""
    given, track = made.given[part], made.song.tracks[part]
    if made.gap and made.gap.added and part in made.gap.parts:
        return made.gap.added.bounds
    notes = given.array
    if made.seed and made.gap and not len(notes):
        notes = made.seed.song.tracks[part].array
    return PartBounds.of(notes, track.is_drum) if len(notes) else None


def assert_keeps(made: Continuation, request: Request) -> None:
    """What is kept of notes made anew is there: the rhythm to the pulse, or the pitches."""
    if request.keep is None or made.gap is None or made.seed is None:
        return
    for part, gone in enumerate(made.replaced):
        old, new = made.seed.song.tracks[part].array[gone], made.new_notes[part]
        columns = [1] if request.keep == "pitches" else [0, 3]
        assert Counter(map(tuple, old[:, columns].tolist())) == Counter(map(tuple, new[:, columns].tolist()))


@pytest.mark.parametrize("run", range(RUNS))
def test_new_notes_obey_every_control_and_what_is_given_stays(run: int) -> None:
    random, styles = Random(run), list(api.shipped_styles())
    file, request, made = made_of(random, styles[run % len(styles)])
    assert_obeys(made, request, file)
    assert_keeps(made, request)
    written = api.continued_file(made, file, request)
    if made.gap is None:
        assert made.seed is not None
        if request.bars is not None and request.form is None:
            assert made.song.bars == made.seed.bars + request.bars
        assert_begins_as(file, written.data, file.tick(made.seed.earliest_pulse))
    else:
        assert_untouched(file, written.data, made, file.tick(made.gap.end))
        read = parse_seed(written.data).song
        for given, track in zip(made.given, read.tracks, strict=made.gap.added is None):
            there = Counter(map(tuple, track.array.tolist()))
            assert not Counter(map(tuple, given.array.tolist())) - there, "a given note is read as another"
        if request.vary == 0:
            assert made.song == made.seed.song
