"""New notes in the place of some of a seed's, in the seed's own file: every other event stays, byte for byte."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from melodyrnn.arrays import Bools, Ints
from melodyrnn.messages import NOTE_OFF, NOTE_ON, PROGRAM
from melodyrnn.midi.appending import ContinuedFile
from melodyrnn.midi.channelstate import state_before
from melodyrnn.midi.filenotes import BANK_HIGH, BANK_LOW, OPEN, FileNotes
from melodyrnn.midi.newnotes import (
    AT_OFF,
    AT_ON,
    AT_PROGRAM,
    AT_RETURN,
    Added,
    PlacedNote,
    in_time,
    placed_notes,
    program_events,
    which_are_placed,
)
from melodyrnn.midi.onetempo import one_tempo
from melodyrnn.midi.parts import MISSING
from melodyrnn.midi.seedfile import SeedFile
from melodyrnn.midi.trackevents import changed

NEAR_QUARTERS = 1 / 8  # a note of the same pitch within a 32nd is the same stroke, or a flam against it


def replaced(
    seed: SeedFile, gone: Sequence[Ints], new: Sequence[Ints], end_tick: int, bpm: float | None = None
) -> ContinuedFile:
    """The seed's file without some notes and with new ones, for each Track of its Song: `gone` are numbers of notes,
    `new` is (m, 4) onset and duration in ticks, pitch and velocity.

    All other events stay as they are in the file: bytes, ticks and order. A new note ends at `end_tick` at the latest,
    and a tick before its pitch is struck on its channel by a note that stays. It is left out where such a note holds
    its pitch, or strikes it within NEAR_QUARTERS. `bpm` replaces every tempo of the file.
    """
    kept: list[Bools] = [np.ones(len(track), np.bool_) for track in seed.tracks]
    notes, stays = seed.notes, np.ones(len(seed.notes), np.bool_)
    for part, numbers in zip(seed.parts, gone, strict=True):
        leaving = part.notes[numbers]
        stays[leaving[leaving != MISSING]] = False
    for note in np.flatnonzero(~stays).tolist():
        events = [int(event) for event in (notes.starts[note], notes.stops[note]) if event != OPEN]
        kept[notes.voices[int(notes.voice[note])].track][events] = False
    placed, cut = placed_notes(seed.parts, new)
    near = int(seed.ticks_per_quarter * NEAR_QUARTERS)
    fitting = list(_beside(placed, notes, stays, end_tick, near))
    cut += sum(short for _, short in fitting)
    added: list[list[Added]] = [[] for _ in seed.tracks]
    in_force = _Programs(seed)
    for fitted, _ in fitting:
        added[fitted.voice.track] += in_force.events(fitted)
    timed = [in_time(events) for events in added]
    if bpm is not None:
        number, tempo = one_tempo(seed.tracks, kept, bpm)
        timed[number].insert(0, tempo)
    bodies = [
        changed(track, events, track.end_tick, stay)
        for track, events, stay in zip(seed.tracks, timed, kept, strict=True)
    ]
    return ContinuedFile(
        seed.with_bodies(bodies), (), (), (), cut, which_are_placed((fitted for fitted, _ in fitting), new)
    )


def _beside(
    placed: Sequence[PlacedNote], notes: FileNotes, stays: Bools, end_tick: int, near: int
) -> Iterator[tuple[PlacedNote, bool]]:
    """New notes as they fit between those that stay, and whether each was shortened for one. `near`: ticks in which
    one note takes the place of another.
    """
    given = defaultdict[tuple[int, int, int], list[tuple[int, int]]](list)  # by port, channel and pitch
    for note in np.flatnonzero(stays).tolist():
        voice, onset, end = notes.voices[int(notes.voice[note])], int(notes.onsets[note]), int(notes.ends[note])
        key = (voice.port, voice.channel, int(notes.pitches[note]))
        given[key].append((onset, onset + 1 if end == OPEN else end))
    for new in placed:
        others = given.get((new.voice.port, new.channel, new.pitch), ())
        if any(onset <= new.onset < end or abs(onset - new.onset) < near for onset, end in others):
            continue
        if new.onset >= end_tick:
            continue
        struck = min((onset for onset, _ in others if onset > new.onset), default=end_tick + 1) - 1
        end = min(new.end, struck, end_tick)
        if end > new.onset:
            yield new._replace(end=end), end < min(new.end, end_tick) - 1


class _Programs:
    """Gives each new note the program and bank that its part has chosen, and then the channel its own again."""

    def __init__(self, seed: SeedFile) -> None:
        self._seed = seed
        chosen = defaultdict[tuple[int, int], set[tuple[int | None, tuple[int | None, int | None]]]](set)
        for voice in seed.notes.voices:
            chosen[voice.port, voice.channel].add((voice.program, voice.bank))
        self._shared = {channel for channel, programs in chosen.items() if len(programs) > 1}

    def events(self, note: PlacedNote) -> list[Added]:
        """The note-on and the note-off; about them, on a channel of several programs, what chooses one."""
        on = bytes((NOTE_ON | note.channel, note.pitch, note.velocity))
        made = [(note.onset, AT_ON, on), (note.end, AT_OFF, bytes((NOTE_OFF | note.channel, note.pitch, 0)))]
        port, channel, program, bank = note.voice.port, note.channel, note.voice.program, note.voice.bank
        if program is None or (port, channel) not in self._shared:
            return made
        settings = state_before(self._seed.tracks, note.onset, "right").settings
        numbers = (BANK_HIGH, BANK_LOW, 0x80 | PROGRAM >> 4)
        high, low, now = (settings.get((port, channel, number)) for number in numbers)
        banks = (high.data[2] if high else None, low.data[2] if low else None)
        if now is None or (now.data[1], banks) == (program, bank):
            return made
        made += [(note.onset, AT_PROGRAM, event) for event in program_events(program, bank, channel)]
        return made + [(note.onset, AT_RETURN, event) for event in program_events(now.data[1], banks, channel)]
