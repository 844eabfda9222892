"""New notes for the parts of a seed as events: on which channel, cut where they overlap, in the right program."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from melodyrnn.arrays import Bools, Ints
from melodyrnn.messages import CONTROL, NOTE_OFF, NOTE_ON, PROGRAM
from melodyrnn.midi.channelstate import ChannelState
from melodyrnn.midi.filenotes import BANK_HIGH, BANK_LOW, FileNotes, Voice
from melodyrnn.midi.parts import Part
from melodyrnn.midi.trackevents import TimedEvent

AT_OFF, AT_PROGRAM, AT_ON, AT_RETURN = range(4)  # the order of what is added at one tick
Added: TypeAlias = tuple[int, int, bytes]  # tick, order at it, event
Chosen: TypeAlias = tuple[int | None, tuple[int | None, int | None]]  # program and bank


class PlacedNote(NamedTuple):
    """A note on a channel: onset and end in ticks. `part` and `row`: where it stands among the new notes."""

    onset: int
    end: int
    voice: Voice
    channel: int
    pitch: int
    velocity: int
    part: int
    row: int

    @property
    def key(self) -> tuple[int, int, int]:
        """Its track, channel and pitch, where one note at a time can sound."""
        return self.voice.track, self.channel, self.pitch


def placed_notes(parts: Sequence[Part], new: Sequence[Ints]) -> tuple[list[PlacedNote], int]:
    """For each part (m, 4) notes, onset and duration in ticks, pitch and velocity -> those that a channel can hold, by
    onset, and how many of them were shortened for that.

    A note ends where the next of its track, channel and pitch begins; of those that begin together the longest stays.
    """
    notes: list[PlacedNote] = []
    for number, (part, rows) in enumerate(zip(parts, new, strict=True)):
        order = np.lexsort((rows[:, 2], rows[:, 0]))
        ordered = rows[order]
        onsets = np.maximum(ordered[:, 0], 0)
        ends = np.maximum(onsets + ordered[:, 1], onsets + 1)
        channels = _spread(part.channels, ends.tolist())
        columns = zip(onsets.tolist(), ends.tolist(), channels, *ordered[:, 2:].T.tolist(), order.tolist(), strict=True)
        notes += [
            PlacedNote(onset, end, part.voice, channel, pitch, velocity, number, row)
            for onset, end, channel, pitch, velocity, row in columns
        ]
    notes.sort(key=lambda note: (note.onset, -note.end))
    kept, cut, following = list[PlacedNote](), 0, dict[tuple[int, int, int], int]()
    struck = set[tuple[int, tuple[int, int, int]]]()
    for note in notes:
        if (note.onset, note.key) not in struck:
            struck.add((note.onset, note.key))
            kept.append(note)
    for i in range(len(kept) - 1, -1, -1):
        note, next_onset = kept[i], following.get(kept[i].key)
        if next_onset is not None and note.end > next_onset:
            kept[i], cut = note._replace(end=next_onset), cut + 1
        following[note.key] = note.onset
    return kept, cut


def which_are_placed(notes: Iterable[PlacedNote], new: Sequence[Ints]) -> tuple[Bools, ...]:
    """For each part (m,) which of its new notes are among those placed."""
    found = tuple(np.zeros(len(rows), np.bool_) for rows in new)
    for note in notes:
        found[note.part][note.row] = True
    return found


def note_events(notes: Iterable[PlacedNote], in_force: dict[tuple[int, int], Chosen]) -> Iterator[tuple[int, Added]]:
    """The track and the event for each note-on and note-off, and the program before a note that its channel lacks.

    `in_force`: what each channel of each port plays at the start. A track that chooses no program gets none.
    """
    for note in notes:
        track, chosen, here = note.voice.track, (note.voice.program, note.voice.bank), (note.voice.port, note.channel)
        if chosen[0] is not None and in_force.get(here, chosen) != chosen:
            for event in program_events(chosen[0], chosen[1], note.channel):
                yield track, (note.onset, AT_PROGRAM, event)
            in_force[here] = chosen
        yield track, (note.onset, AT_ON, bytes((NOTE_ON | note.channel, note.pitch, note.velocity)))
        yield track, (note.end, AT_OFF, bytes((NOTE_OFF | note.channel, note.pitch, 0)))


def in_time(added: Iterable[Added]) -> list[TimedEvent]:
    """What is added, in order."""
    return [TimedEvent(tick, data) for tick, _, data in sorted(added, key=lambda event: event[:2])]


def programs_in_force(notes: FileNotes, state: ChannelState) -> dict[tuple[int, int], Chosen]:
    """The instrument of each channel of each port: the bank of its last note, and the program that was chosen last."""
    last = np.zeros(len(notes.voices), np.int64)
    np.maximum.at(last, notes.voice, notes.onsets)
    in_order = [notes.voices[number] for number in np.argsort(last, kind="stable").tolist()]
    return {(voice.port, voice.channel): (state.program(voice.port, voice.channel), voice.bank) for voice in in_order}


def _spread(channels: Sequence[int], ends: Sequence[int]) -> list[int]:
    """A channel for each note of a part: of several (an MPE zone) the one that has been silent the longest."""
    free_from = dict.fromkeys(channels, -1)
    chosen = []
    for end in ends:
        channel = min(free_from, key=lambda c: free_from[c])
        free_from[channel] = end
        chosen.append(channel)
    return chosen


def program_events(program: int, bank: tuple[int | None, int | None], channel: int) -> list[bytes]:
    """The events that choose a program of a bank on a channel."""
    banks = zip((BANK_HIGH, BANK_LOW), bank, strict=True)
    chosen = [bytes((CONTROL | channel, number, value)) for number, value in banks if value is not None]
    return [*chosen, bytes((PROGRAM | channel, program))]
