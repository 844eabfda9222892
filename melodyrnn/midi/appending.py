"""New notes after a seed, in the seed's own file: its tracks and channels, its ticks, its format."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Bools, Ints
from melodyrnn.errors import OutputError
from melodyrnn.messages import NOTE_OFF, NOTE_ON
from melodyrnn.midi.channelstate import opening, state_before
from melodyrnn.midi.chunks import counted
from melodyrnn.midi.filenotes import OPEN, sounding_at
from melodyrnn.midi.limits import LONGEST_PULSES
from melodyrnn.midi.newnotes import (
    AT_OFF,
    Added,
    in_time,
    note_events,
    placed_notes,
    programs_in_force,
    which_are_placed,
)
from melodyrnn.midi.onetempo import one_tempo
from melodyrnn.midi.seedfile import SeedFile
from melodyrnn.midi.trackevents import META, SYSEX, TimedEvent, TrackEvents, changed, track_body
from melodyrnn.music.pulses import PULSES_PER_QUARTER

METRE = 0x58  # of the meta events


class ContinuedFile(NamedTuple):
    """The file that goes on from a seed, and what had to be done for it, in words."""

    data: bytes
    closed: tuple[str, ...]  # at the join, such as "sustain pedal of Piano"
    left_out: tuple[str, ...]  # of the new bars, such as "3 events of automation"
    silent: tuple[str, ...]  # what keeps new notes from being heard, such as "volume of Piano"
    cut_notes: int  # new notes shortened where they overlap their own pitch
    in_file: tuple[Bools, ...] = ()  # for each part which of its new notes are there; () for all
    port_of_added: int = 0  # on which an added part plays, counted from 0


def continued(
    seed: SeedFile,
    new: Sequence[Ints],
    join_tick: int,
    end_tick: int,
    with_seed: bool = True,
    bpm: float | None = None,
) -> ContinuedFile:
    """The seed's file with new notes, for each Track of its Song (m, 4): onset and duration in ticks, pitch, velocity.

    Up to the join every event is as it is in the file, and after the new bars too. In them stay the ends of notes that
    sound over the join, tempos, names, texts and markers; left out are other messages to channels and changes of metre,
    since the new bars have none of their own. What would colour the new notes is closed at the join: pedals, bends,
    pressure, and notes that nothing ends. Tracks with notes end at `end_tick`, or with the last of their events.

    `bpm` replaces every tempo of the file. Without the seed the file begins at the join, or at the bar line before it
    if new notes begin earlier; it opens with what is in force on each channel and holds nothing else of the seed.
    OutputError for a file that would be too long.
    """
    if end_tick > LONGEST_PULSES // PULSES_PER_QUARTER * seed.ticks_per_quarter:
        raise OutputError(f"{seed.name}: a file that long cannot be written")
    page = _Page(seed, join_tick, end_tick)
    page.keep_the_tail()
    page.close()
    cut_notes, in_file = page.add_notes(new)
    if bpm is not None:
        page.set_tempo(bpm)
    data = seed.with_bodies(page.bodies() if with_seed else page.bodies_alone())
    return ContinuedFile(data, tuple(page.closed), tuple(page.left_out), page.silent(), cut_notes, in_file)


class _Page:
    """The plan for each track: which of its events stay, and which are added."""

    def __init__(self, seed: SeedFile, join: int, end: int) -> None:
        self._seed, self._join, self._end = seed, join, end
        self._kept = [np.ones(len(track), np.bool_) for track in seed.tracks]
        self._added: list[list[Added]] = [[] for _ in seed.tracks]
        self._closings: list[list[Added]] = [[] for _ in seed.tracks]
        self._state = state_before(seed.tracks, join, "right")
        self._ringing: dict[tuple[int, int, int], int] = {}  # track, channel and pitch -> when it ends
        self._tempo: tuple[int, TimedEvent] | None = None  # of the whole file, and the track that holds it
        self.closed: list[str] = []
        self.left_out: list[str] = []

    def keep_the_tail(self) -> None:
        """Decide what stays of the events that fall into the new bars."""
        seed, notes = self._seed, self._seed.notes
        sounding = np.flatnonzero(sounding_at(notes, self._join) & (notes.ends != OPEN))
        ends = Counter[tuple[int, int, int]]()
        for note in sounding.tolist():
            voice = notes.voices[int(notes.voice[note])]
            end, pitch = int(notes.ends[note]), int(notes.pitches[note])
            ends[end, voice.channel, pitch] += 1
            key = (voice.track, voice.channel, pitch)
            self._ringing[key] = max(end, self._ringing.get(key, 0))
        left = Counter[str]()
        for track, kept in zip(seed.tracks, self._kept, strict=True):
            first, last = np.searchsorted(track.ticks, self._join, "right"), np.searchsorted(track.ticks, self._end)
            for i in range(int(first), int(last)):
                status = int(track.statuses[i])
                if status == META:
                    metre = track.body[track.firsts[i] + 1] == METRE
                    kept[i] = not metre
                    left["changes of metre"] += metre
                elif status in SYSEX:
                    kept[i] = False
                    left["messages to a device"] += 1
                elif status & 0xF0 <= NOTE_ON:
                    tick, event = track.event(i)
                    key = (tick, status & 0x0F, event[1])
                    is_end = status & 0xF0 == NOTE_OFF or not event[2]
                    kept[i] = is_end and ends[key] > 0
                    ends[key] -= bool(kept[i])
                    left["notes later on"] += not is_end
                else:
                    kept[i] = False
                    left["events of automation"] += 1
        self.left_out = [counted(count, what) for what, count in left.items() if count]

    def close(self) -> None:
        """Let go at the join of what would colour the new notes."""
        notes = self._seed.notes
        held: dict[str, list[str]] = {}
        for setting, what, event in self._state.held():
            self._closings[setting.track].append((self._join, AT_OFF, event))
            held.setdefault(what, []).append(self._called(setting.port, setting.channel))
        for what, whose in held.items():
            self.closed.append(f"{what} of {whose[0] if len(whose) == 1 else f'{len(whose)} channels'}")
        unended = set[tuple[int, int, int]]()
        for note in np.flatnonzero((notes.ends == OPEN) & (notes.onsets < self._join)).tolist():
            voice = notes.voices[int(notes.voice[note])]
            unended.add((voice.track, voice.channel, int(notes.pitches[note])))
        for track, channel, pitch in sorted(unended):
            self._closings[track].append((self._join, AT_OFF, bytes((NOTE_OFF | channel, pitch, 0))))
        if unended:
            self.closed.append(counted(len(unended), "notes that nothing ends"))

    def silent(self) -> tuple[str, ...]:
        """Names of the settings that were faded out before the join and stay so."""
        found = self._state.silent()
        return tuple(f"{what} of {self._called(setting.port, setting.channel)}" for setting, what in found)

    def _called(self, port: int, channel: int) -> str:
        """The name of what plays on a channel, or its number."""
        for track, part in zip(self._seed.song.tracks, self._seed.parts, strict=True):
            if track.name and part.voice.port == port and channel in part.channels:
                return track.name
        return f"channel {channel + 1}"

    def add_notes(self, new: Sequence[Ints]) -> tuple[int, tuple[Bools, ...]]:
        """Add the new notes -> how many were shortened, since a channel holds a pitch once at a time, and which are
        there.
        """
        placed, cut = placed_notes(self._seed.parts, new)
        for note in placed:
            if self._ringing.get(note.key, 0) > note.onset:
                self._end_ringing(note.key, note.onset)
        for track, event in note_events(placed, programs_in_force(self._seed.notes, self._state)):
            self._added[track].append(event)
        return cut, which_are_placed(placed, new)

    def _end_ringing(self, key: tuple[int, int, int], onset: int) -> None:
        """End a note of the seed that sounds over the join where a new one strikes its pitch."""
        number, channel, pitch = key
        end = self._ringing.pop(key)
        track, kept = self._seed.tracks[number], self._kept[number]
        here = np.arange(*np.searchsorted(track.ticks, [onset + 1, end + 1]))
        for i in here[track.statuses[here] < 0xF0].tolist():
            status, event = int(track.statuses[i]), track.event(i).data
            is_end = status & 0xF0 == NOTE_OFF or (status & 0xF0 == NOTE_ON and not event[2])
            if is_end and status & 0x0F == channel and event[1] == pitch and kept[i]:
                kept[i] = False
                self._closings[number].append((onset, AT_OFF, bytes((NOTE_OFF | channel, pitch, 0))))

    def set_tempo(self, bpm: float) -> None:
        """One tempo for the whole file, where its first was or else in its first track."""
        self._tempo = one_tempo(self._seed.tracks, self._kept, bpm)

    def bodies(self) -> list[bytes]:
        """The tracks with the seed."""
        made = []
        for number, (track, kept) in enumerate(zip(self._seed.tracks, self._kept, strict=True)):
            added = [*in_time(self._closings[number]), *in_time(self._added[number])]
            if self._tempo is not None and self._tempo[0] == number:
                added.append(self._tempo[1])
            made.append(changed(track, added, self._end_of(number, track, kept), kept))
        return made

    def _end_of(self, number: int, track: TrackEvents, kept: Bools) -> int:
        """Where the end of a track comes: with the new bars if it has notes or lost its own end, else where it was."""
        if kept.all() and not any(part.voice.track == number for part in self._seed.parts):
            return track.end_tick
        staying = np.flatnonzero(kept)
        return max(self._end, int(track.ticks[staying[-1]]) if len(staying) else 0)

    def bodies_alone(self) -> list[bytes]:
        """The tracks without the seed, from the join on, or from the bar line before it that new notes need."""
        seed, join = self._seed, self._join
        first = min((tick for added in self._added for tick, order, _ in added if order != AT_OFF), default=join)
        start = join
        if first < join:
            lines = seed.song.bar_lines
            pulse = first * PULSES_PER_QUARTER // seed.ticks_per_quarter
            start = seed.tick(lines.start(lines.position(pulse)[0]))
        opened = opening(seed.tracks, join, let_go=True)
        if self._tempo is not None:
            number, tempo = self._tempo
            opened = [[event for event in events if event.data[:2] != tempo.data[:2]] for events in opened]
            opened[number].insert(0, tempo)
        made = []
        for number, (track, kept) in enumerate(zip(seed.tracks, self._kept, strict=True)):
            tail = [track.event(i) for i in np.flatnonzero(kept & (track.ticks > join)).tolist()]
            later = [*(event for event in tail if event.data[0] == META), *in_time(self._added[number])]
            moved = [TimedEvent(tick - start, data) for tick, data in sorted(later, key=lambda event: event.tick)]
            made.append(track_body([*opened[number], *moved], self._end_of(number, track, kept) - start))
        return made
