"""The settings in force on the channels of a file at a tick: programs, controllers, bends; tempo, metre, names.

Two things are made of it. What would colour notes that are added there is closed: pedals, bends, pressure. And a file
that is to begin there opens with it, so that it sounds as it did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.messages import BEND, CONTROL, PRESSURE, PROGRAM, RESET_CONTROLS, SUSTAIN
from melodyrnn.midi.filenotes import BANK_HIGH, BANK_LOW
from melodyrnn.midi.trackevents import META, SYSEX, TimedEvent, TrackEvents

Side: TypeAlias = Literal["left", "right"]  # of a tick: whether what is at it counts

PEDALS = {SUSTAIN: "sustain pedal", 66: "sostenuto pedal", 67: "soft pedal", 69: "hold pedal"}
LOUDNESS = {7: "volume", 11: "expression"}
RESET = (1, 11, *range(64, 70))  # controllers that a reset of all puts back (MIDI RP-015); bends and pressure too
MODES = range(120, 126)  # messages to a channel that leave no state
MONO_POLY = (126, 127)
DATA_ENTRY = (6, 38, 96, 97, *range(98, 102))  # a sequence: what each means, those before it say
SELECTORS = {98: 99, 99: 98, 100: 101, 101: 100}
CENTRE = (0x00, 0x40)  # of a bend: its low and high seven bits
HEAD_METAS = (0x00, 0x02, 0x03, 0x04, 0x08, 0x09, 0x21)  # number, copyright, names, program, device, port
LATEST_METAS = (0x51, 0x58, 0x59)  # tempo, metre, key: the latest of the whole file is in force
OWNED_META = 0x7F  # of one program: kept where it stands at the start of a track


class Setting(NamedTuple):
    """The last event that set something on a channel: when, which event of which track, on which port."""

    tick: int
    track: int
    place: int
    port: int
    data: bytes

    @property
    def channel(self) -> int:
        """0 to 15."""
        return self.data[0] & 0x0F

    @property
    def number(self) -> int:
        """The number of the setting: the controller, or 128 and more for the others."""
        kind = self.data[0] & 0xF0
        return self.data[1] if kind == CONTROL else 0x80 | kind >> 4


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Settings before a tick, by port, channel and number of the setting."""

    settings: dict[tuple[int, int, int], Setting]

    def program(self, port: int, channel: int) -> int:
        """The program in force on a channel: 0 where none was chosen."""
        found = self.settings.get((port, channel, 0x80 | PROGRAM >> 4))
        return found.data[1] if found else 0

    def held(self) -> Iterator[tuple[Setting, str, bytes]]:
        """Settings that would colour notes from here on: the setting, its name, and the event that ends it."""
        for setting in sorted(self.settings.values()):
            kind, channel = setting.data[0] & 0xF0, setting.channel
            if kind == CONTROL and setting.number in PEDALS and setting.data[2]:
                yield setting, PEDALS[setting.number], bytes((CONTROL | channel, setting.number, 0))
            elif kind == BEND and tuple(setting.data[1:3]) != CENTRE:
                yield setting, "pitch bend", bytes((BEND | channel, *CENTRE))
            elif kind == PRESSURE and setting.data[1]:
                yield setting, "aftertouch", bytes((PRESSURE | channel, 0))

    def silent(self) -> Iterator[tuple[Setting, str]]:
        """Settings that silence notes from here on, such as a volume that was faded out, and their names."""
        for setting in sorted(self.settings.values()):
            if setting.data[0] & 0xF0 == CONTROL and setting.number in LOUDNESS and not setting.data[2]:
                yield setting, LOUDNESS[setting.number]


def state_before(tracks: Sequence[TrackEvents], tick: int, side: Side = "left") -> ChannelState:
    """The settings made by events before `tick`; by those at it too if `side` is "right"."""
    found: dict[tuple[int, int, int], Setting] = {}
    resets: list[Setting] = []
    for number, track in enumerate(tracks):
        ports = track.ports()
        end = int(np.searchsorted(track.ticks, tick, side=side))
        for i in _last_settings(track, ports, end):
            setting = Setting(int(track.ticks[i]), number, i, int(ports[i]), track.event(i).data)
            if setting.data[0] & 0xF0 == CONTROL and setting.number == RESET_CONTROLS:
                resets.append(setting)
                continue
            key = (setting.port, setting.channel, setting.number)
            if key not in found or found[key] < setting:
                found[key] = setting
    for reset in resets:
        for number in (*RESET, 0x80 | BEND >> 4, 0x80 | PRESSURE >> 4):
            key = (reset.port, reset.channel, number)
            if key in found and found[key] < reset:
                del found[key]
    return ChannelState(found)


def _last_settings(track: TrackEvents, ports: npt.NDArray[np.uint8], end: int) -> list[int]:
    """Of the events before `end`, the last that sets each thing on each channel."""
    statuses = track.statuses[:end]
    kinds = statuses & 0xF0
    indices = np.flatnonzero((statuses < 0xF0) & np.isin(kinds, (CONTROL, PROGRAM, PRESSURE, BEND)))
    numbers, _ = track.data(indices)
    kinds = kinds[indices]
    what = np.where(kinds == CONTROL, numbers, 0x80 | kinds >> 4).astype(np.int64)
    keys = what << 12 | ports[indices].astype(np.int64) << 4 | statuses[indices] & 0x0F
    _, from_end = np.unique(keys[::-1], return_index=True)
    kept: Ints = indices[len(indices) - 1 - from_end]
    return sorted(kept.tolist())


def opening(tracks: Sequence[TrackEvents], tick: int, let_go: bool = False) -> list[list[TimedEvent]]:
    """For each track the events, all at tick 0, after which it sounds as it does from `tick` on.

    These are its names, port and device, its system exclusive messages, and the last program, bank, controllers, bend
    and pressure of each channel; and the tempo, metre and key in force. Lyrics and markers belong to a place. With
    `let_go`, what would colour notes is left out, and what is set at `tick` itself is in force.
    """
    opened: list[list[TimedEvent]] = []
    latest: dict[int, tuple[tuple[int, int], bytes]] = {}
    settings: list[list[Setting]] = [[] for _ in tracks]
    side: Side = "right" if let_go else "left"
    state = state_before(tracks, tick, side)
    held = {setting for setting, _, _ in state.held()} if let_go else set()
    for setting in state.settings.values():
        if setting not in held:
            settings[setting.track].append(setting)
    for number, track in enumerate(tracks):
        end = int(np.searchsorted(track.ticks, tick, side=side))
        heads: dict[int, bytes] = {}
        owned: list[bytes] = []
        for i in np.flatnonzero(track.statuses[:end] == META).tolist():
            at, data = track.event(i)
            if data[1] in HEAD_METAS:
                heads[data[1]] = data
            elif data[1] in LATEST_METAS and ((at, number) >= latest.get(data[1], ((-1, 0), b""))[0]):
                latest[data[1]] = (at, number), data
            elif data[1] == OWNED_META and not at:
                owned.append(data)
        exclusive = [track.event(i).data for i in np.flatnonzero(np.isin(track.statuses[:end], SYSEX)).tolist()]
        mine = sorted(settings[number], key=_opening_order)
        plain = [setting.data for setting in mine if not _is_sequenced(setting)]
        events = [*heads.values(), *owned, *exclusive, *plain, *_data_entries(track, end)]
        opened.append([TimedEvent(0, data) for data in events])
    for (_, number), data in sorted(latest.values(), key=lambda value: value[0]):
        heads_end = sum(event.data[0] == META for event in opened[number])
        opened[number].insert(heads_end, TimedEvent(0, data))
    return opened


def _is_sequenced(setting: Setting) -> bool:
    return setting.data[0] & 0xF0 == CONTROL and (setting.number in DATA_ENTRY or setting.number in MODES)


def _opening_order(setting: Setting) -> tuple[int, int, int]:
    """Banks before programs before the rest."""
    first = {BANK_HIGH: 0, BANK_LOW: 1, 0x80 | PROGRAM >> 4: 2}
    return setting.channel, first.get(setting.number, 3), setting.number


def _data_entries(track: TrackEvents, end: int) -> list[bytes]:
    """The registered and other parameters that the events before `end` set, each as it was set last."""
    kinds = track.statuses[:end] & 0xF0
    controls = np.flatnonzero((kinds == CONTROL) & (track.statuses[:end] < 0xF0))
    numbers, _ = track.data(controls)
    selected: dict[tuple[int, int], bytes] = {}  # by channel and selector
    set_last: dict[tuple[int, bytes, bytes], dict[int, bytes]] = {}
    for i in controls[np.isin(numbers, DATA_ENTRY)].tolist():
        data = track.event(i).data
        channel, number = data[0] & 0x0F, data[1]
        if number in SELECTORS:
            for other in (98, 99, 100, 101):
                if (other < 100) != (number < 100):
                    selected.pop((channel, other), None)
            selected[channel, number] = data
            continue
        pair = tuple(
            selected.get((channel, selector)) for selector in ((101, 100), (99, 98))[(channel, 99) in selected]
        )
        if pair[0] and pair[1]:
            values = set_last.setdefault((channel, pair[0], pair[1]), {})
            values.pop(number, None)
            values[number] = data
    return [data for (_, high, low), values in set_last.items() for data in (high, low, *values.values())]
