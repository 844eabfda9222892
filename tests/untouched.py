"""Whether a file that was made holds what was given, event for event: bytes, ticks and order, as mido reads them."""

import io
from collections import Counter
from itertools import accumulate

import mido

from melodyrnn.generation import Continuation
from melodyrnn.midi.seedfile import SeedFile

END_OF_TRACK = b"\xff\x2f"
Events = list[tuple[int, bytes]]  # with their ticks


def events_of(data: bytes) -> list[Events]:
    """For each track of a file its events with their ticks."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        ticks = accumulate(message.time for message in track)
        tracks.append([(tick, bytes(message.bytes())) for tick, message in zip(ticks, track, strict=True)])
    return tracks


def given_events(file: SeedFile) -> list[Events]:
    """Those of the file that was given."""
    return events_of(file.with_bodies([track.body for track in file.tracks]))


def assert_begins_as(file: SeedFile, written: bytes, join_tick: int) -> None:
    """Every event before the join is there, and no other."""
    after = events_of(written)
    assert len(after) >= len(file.tracks)
    for old, new in zip(given_events(file), after, strict=False):
        before = [[each for each in events[:-1] if each[0] < join_tick] for events in (old, new)]
        assert before[0] == before[1]


def assert_untouched(file: SeedFile, written: bytes, made: Continuation, end_tick: int) -> None:
    """Every event but the notes that were replaced is there, in its order; what is more are notes in the gap."""
    gap = made.gap
    assert gap is not None
    before, after = given_events(file), events_of(written)
    gone: list[Counter[tuple[int, bool, int, int]]] = [Counter() for _ in before]  # by track
    for part, numbers in zip(file.parts, made.replaced, strict=False):  # an added part has no notes in the file
        for note in part.notes[numbers].tolist():
            voice = file.notes.voices[int(file.notes.voice[note])]
            for tick, is_on in ((file.notes.onsets[note], True), (file.notes.ends[note], False)):
                gone[voice.track][int(tick), is_on, voice.channel, int(file.notes.pitches[note])] += 1
    start_tick = file.tick(gap.start)
    for old, new, leaving in zip(before, after, gone, strict=gap.added is None):
        assert (old[-1][1][:2], new[-1][1][:2]) == (END_OF_TRACK, END_OF_TRACK)
        assert new[-1][0] >= old[-1][0]  # later, where new notes sound past it
        rest = iter(new[:-1])
        added = []
        for event in old[:-1]:
            tick, data = event
            key = (tick, data[0] & 0xF0 == 0x90 and data[2] > 0, data[0] & 0x0F, data[1])
            if data[0] & 0xF0 in (0x80, 0x90) and leaving[key] > 0:
                leaving[key] -= 1
                continue
            for other in rest:
                if other == event:
                    break
                added.append(other)
            else:
                raise AssertionError(f"{event} is not there any more")
        added += rest
        assert not +leaving
        assert all(start_tick <= tick <= end_tick for tick, _ in added)
