"""Where the notes of a file that is read event by event end: what a track says alone, what others say of its channels.

The tracks of a format 1 file speak to the same 16 channels. So a pedal, an all-notes-off and, for a note that its own
track never ends, a note-off hold for a channel in whatever track they stand.
"""

import re
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.messages import ALL_SOUND_OFF, SUSTAIN
from melodyrnn.midi.understanding import NEVER, SILENCES, held_by_pedal, pedal_changes, pedal_times
from melodyrnn.music.channels import DRUM_CHANNEL

Event = tuple[int, bytes]  # tick, and the event from its status byte on

UNENDED = "notes without an end"
STRAY = "note-offs without a note left out"
TICK = itemgetter(0)
CONTROL = re.compile(rb"[\xb0-\xbf]")


def may_hold(data: bytes) -> bool:
    """Whether there may be a pedal in a file."""
    return SUSTAIN in data and CONTROL.search(data) is not None


@dataclass(slots=True)
class _Paired:
    """The notes of a track: `open` where nothing but the next of their pitch or the end of the track ends them.

    `others` are the events but for note-offs, `strays` the note-offs of no note, as ticks and keys.
    """

    others: list[Event] = field(default_factory=list)
    onsets: "array[int]" = field(default_factory=lambda: array("q"))
    ends: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    open: "array[int]" = field(default_factory=lambda: array("b"))
    strays: list[tuple[int, int]] = field(default_factory=list)
    unended: set[int] = field(default_factory=set)  # keys of notes that sound when the track ends
    doubled: int = 0

    @property
    def is_odd(self) -> bool:
        """Whether there is a note without a note-off, or the other way round."""
        return bool(self.strays or self.doubled or 1 in self.open)


def with_ends(
    tracks: Sequence[tuple[list[Event], int]], pedal: bool, found: Counter[str]
) -> tuple[list[tuple[list[Event], int]], int]:
    """Tracks that sound together, each its events and the tick at which it ends, with one note-off for every note; and
    how many notes the pedal made longer, if it is asked for.

    A note-off ends the note of its track that began first. A note that none ends is ended by one of another track that
    has no note there, else where its pitch is struck again, or with its track. `found` counts what was amiss.
    """
    controls = [event for events, _ in tracks for event in events if event[1][0] & 0xF0 == 0xB0]
    controls.sort(key=TICK)
    silences = [event for event in controls if event[1][1] in SILENCES]
    paired, nothing = [], _Paired()
    for events, end in tracks:
        track = _paired(events, end, set()) if events else nothing
        paired.append(_paired(events, end, track.unended) if track.unended else track)
    if not (silences or (pedal and controls) or any(track.is_odd for track in paired)):
        return list(tracks), 0
    onsets, ends, keys = (
        np.concatenate([np.array(getattr(track, name), np.int64) for track in paired])
        for name in ("onsets", "ends", "keys")
    )
    is_open = np.concatenate([np.array(track.open, np.bool_) for track in paired])
    strays = sorted(stray for track in paired for stray in track.strays)
    taken = _ended_elsewhere(onsets, ends, keys, is_open, strays)
    _silence(onsets, ends, keys, is_open, silences)
    found[STRAY] += len(strays) - taken
    found[UNENDED] += int(np.count_nonzero(is_open)) + sum(track.doubled for track in paired)
    held = _hold(onsets, ends, keys, controls) if pedal and controls else 0
    result, last = [], 0
    for track, (_, end) in zip(paired, tracks, strict=True):
        first, last = last, last + len(track.onsets)
        events = _events(track, onsets[first:last].tolist(), ends[first:last].tolist())
        result.append((events, max(end, events[-1][0]) if events else end))
    return result, held


def _paired(events: list[Event], end: int, unended: set[int]) -> _Paired:
    """The ends that follow from one track alone. Of the keys `unended` a note ends where its pitch is struck again."""
    track = _Paired()
    onsets, ends, is_open = track.onsets, track.ends, track.open
    sounding: defaultdict[int, dict[int, deque[int]]] = defaultdict(dict)  # by channel and key
    silent: dict[int, int] = {}  # the last tick at which a channel was silenced
    for timed in events:
        tick, event = timed
        status, channel = event[0] & 0xF0, event[0] & 0x0F
        if status > 0x90:
            track.others.append(timed)
            if status == 0xB0 and event[1] in SILENCES and silent.get(channel) != tick:
                silent[channel] = tick
                sounding[channel] = dict(_silenced(track, sounding[channel], tick))
            continue
        key = channel << 8 | event[1]
        waiting = sounding[channel].get(key)
        if status == 0x90 and event[2]:
            if waiting is None:
                waiting = sounding[channel][key] = deque()
            elif waiting and key in unended:
                if onsets[waiting[-1]] == tick:
                    track.doubled += 1  # struck twice at once, ended once: one note
                    continue
                ends[waiting.pop()] = tick
            waiting.append(len(onsets))
            onsets.append(tick)
            ends.append(end)
            track.keys.append(key)
            is_open.append(1)
            track.others.append(timed)
        elif waiting:
            note = waiting.popleft()
            ends[note], is_open[note] = tick, 0
        else:
            track.strays.append((tick, key))
    track.unended = {key for keys in sounding.values() for key, waiting in keys.items() if waiting}
    return track


def _silenced(track: _Paired, sounding: dict[int, deque[int]], tick: int) -> Iterator[tuple[int, deque[int]]]:
    """End what sounds on a channel -> what began only now, which goes on."""
    for key, waiting in sounding.items():
        while waiting and track.onsets[waiting[0]] < tick:
            note = waiting.popleft()
            track.ends[note], track.open[note] = tick, 0
        if waiting:
            yield key, waiting


def _ended_elsewhere(
    onsets: Ints, ends: Ints, keys: Ints, is_open: npt.NDArray[np.bool_], strays: Sequence[tuple[int, int]]
) -> int:
    """End open notes by note-offs that have no note in their own track -> how many of these."""
    waiting: defaultdict[int, deque[int]] = defaultdict(deque)
    for tick, key in strays:
        waiting[key].append(tick)
    notes = np.flatnonzero(is_open)
    taken = 0
    for note in notes[np.argsort(onsets[notes], kind="stable")].tolist() if strays else ():
        offs = waiting[int(keys[note])]
        while offs and offs[0] <= onsets[note]:
            offs.popleft()
        if offs and offs[0] < ends[note]:
            ends[note], is_open[note] = offs.popleft(), False
            taken += 1
    return taken


def _silence(onsets: Ints, ends: Ints, keys: Ints, is_open: npt.NDArray[np.bool_], silences: Sequence[Event]) -> None:
    """End the notes that began before their channel was silenced, in whatever track."""
    for channel in {event[0] & 0x0F for _, event in silences}:
        times = np.array([*(tick for tick, event in silences if event[0] & 0x0F == channel), NEVER], np.int64)
        notes = np.flatnonzero(keys >> 8 == channel)
        silent = times[np.searchsorted(times[:-1], onsets[notes], side="right")]
        is_open[notes[silent <= ends[notes]]] = False
        ends[notes] = np.minimum(ends[notes], silent)


def _hold(onsets: Ints, ends: Ints, keys: Ints, controls: Sequence[Event]) -> int:
    """Let the pedal of each channel lengthen its notes -> how many it did."""
    times = np.array([tick for tick, _ in controls], np.int64)
    messages = bytearray()  # to join a list of as many takes 80 bytes for each
    for _, event in controls:
        messages += event
    statuses, numbers, values = np.frombuffer(messages, np.uint8).reshape(-1, 3).T
    channels = statuses.astype(np.int64) & 0x0F
    held = 0
    for channel in set(channels.tolist()) - {DRUM_CHANNEL}:
        here = channels == channel
        notes = np.flatnonzero(keys >> 8 == channel)
        pedals = pedal_times(*pedal_changes(times[here], numbers[here], values[here]))
        sounding = held_by_pedal(onsets[notes], ends[notes], keys[notes], *pedals)
        silences = times[here & (numbers == ALL_SOUND_OFF)]
        after = np.append(silences, NEVER)[np.searchsorted(silences, ends[notes])]
        sounding = np.minimum(sounding, np.maximum(after, ends[notes]))
        held += int(np.count_nonzero(sounding > ends[notes]))
        ends[notes] = sounding
    return held


def _events(track: _Paired, onsets: Sequence[int], ends: Sequence[int]) -> list[Event]:
    """The events with a note-off where each note ends: before what else happens then, if it began earlier."""
    offs = {key: bytes([0x80 | key >> 8, key & 0xFF, 0]) for key in set(track.keys)}
    notes = partial(zip, onsets, ends, track.keys, strict=True)
    placed = [(end, offs[key]) for onset, end, key in notes() if end > onset]
    placed += track.others
    placed += [(end, offs[key]) for onset, end, key in notes() if end == onset]
    placed.sort(key=TICK)  # of what is at one tick the order stays
    return placed
