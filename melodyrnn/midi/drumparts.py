"""Which channels of a file play drums, by the messages of General MIDI 2, Roland's GS and Yamaha's XG.

Without any of them it is channel 10 of every port. GS and XG turn a part into drums, or back, by a system exclusive
message; XG and General MIDI 2 also by the high byte of a bank. A reset of the whole device takes all of it back.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from melodyrnn.arrays import Bools, Ints
from melodyrnn.music.channels import DRUM_CHANNEL

# System exclusive messages after their F0: the maker, the device, the model, then what is set.
GS_PART_MODE = re.compile(rb"\x41.\x42\x12([\x40\x50])([\x10-\x1f])\x15([\x00-\x02])", re.DOTALL)
GS_RESET = re.compile(rb"\x41.\x42\x12\x40\x00\x7f", re.DOTALL)
XG_PART_MODE = re.compile(rb"\x43[\x10-\x1f]\x4c\x08([\x00-\x7f])\x07([\x00-\x7f])")
XG_RESET = re.compile(rb"\x43[\x10-\x1f]\x4c\x00\x00[\x7e\x7f]\x00")
GM_RESET = re.compile(rb"\x7e.\x09[\x01-\x03]", re.DOTALL)
LONGEST_SETUP = 16  # bytes, of these
SETUPS = (GS_PART_MODE, GS_RESET, XG_PART_MODE, XG_RESET, GM_RESET)

GM2_DRUMS, GM2_MELODY = 120, 121  # high bytes of a bank
XG_DRUMS = (126, 127)  # of sound effects, and of drums; in GS 127 is an older synthesizer's sounds
XG_MELODY = (0, 64)

BEFORE_ALL = -1  # a tick: everything is reset then
UNSET = -1

Channel = tuple[int, int]  # a port, and a channel of it from 0 to 15


def is_setup(message: bytes) -> bool:
    """Whether a system exclusive message, after its F0, sets up drums or resets the device."""
    return any(kind.match(message) for kind in SETUPS)


@dataclass(slots=True)
class DrumParts:
    """Which channel is drums from which tick on. Fed with messages in order of time, those at one tick in any order."""

    uses_gs: bool = False
    uses_xg: bool = False
    _by_message: dict[Channel, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    _resets: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [BEFORE_ALL]))
    _timelines: dict[Channel, Ints] = field(default_factory=dict)  # made when they are asked for

    def add(self, tick: int, port: int, message: bytes) -> None:
        """Take in a system exclusive message that came to a port, from its maker's number on."""
        gs, xg = GS_PART_MODE.match(message), XG_PART_MODE.match(message)
        if gs:
            block = gs[2][0] & 0x0F
            channel = DRUM_CHANNEL if block == 0 else block - 1 if block <= DRUM_CHANNEL else block
            self._by_message[port + (gs[1] == b"\x50"), channel].append((tick, gs[3] != b"\0"))
            self.uses_gs = True
        elif xg:
            further, channel = divmod(xg[1][0], 16)
            self._by_message[port + further, channel].append((tick, xg[2] != b"\0"))
            self.uses_xg = True
        elif any(kind.match(message) for kind in (GS_RESET, XG_RESET, GM_RESET)):
            self._resets[port].append(tick)
            self.uses_gs |= GS_RESET.match(message) is not None
            self.uses_xg |= XG_RESET.match(message) is not None

    def are_drums(self, channel: Channel, onsets: Ints, banks: Ints) -> Bools:
        """(n,) whether a channel plays drums at (n,) ticks, once all messages are in. `banks`: (m, 2) ticks and high
        bytes of the banks chosen there, in order of time. A reset is taken to come before what else is at its tick.
        """
        ticks, drums = self._timeline(channel).T
        by_message: Bools = drums[np.searchsorted(ticks, onsets, side="right") - 1] == 1
        if not len(banks):
            return by_message
        resets = np.array(self._resets[channel[0]])
        last_reset = resets[np.searchsorted(resets, onsets, side="right") - 1]
        chosen = np.searchsorted(banks[:, 0], onsets, side="right") - 1
        choice = np.array([self._of_bank(bank) for bank in range(128)])[banks[chosen, 1]]
        by_bank: Bools = (chosen >= 0) & (banks[chosen, 0] >= last_reset) & (choice != UNSET)
        is_drums: Bools = np.where(by_bank, choice == 1, by_message)
        return is_drums

    def _timeline(self, channel: Channel) -> Ints:
        """(m, 2) the ticks from which messages make a channel drums, 1, or not, 0."""
        if channel not in self._timelines:
            usual = int(channel[1] == DRUM_CHANNEL)
            settings = [(tick, 0, usual) for tick in self._resets[channel[0]]]
            settings += [(tick, 1, int(drums)) for tick, drums in self._by_message.get(channel, ())]
            settings.sort(key=lambda one: one[:2])
            self._timelines[channel] = np.array([(tick, drums) for tick, _, drums in settings], np.int64)
        return self._timelines[channel]

    def _of_bank(self, bank: int) -> int:
        """1 if the high byte of a bank chooses drums, 0 if it chooses melody, else UNSET."""
        if bank in (GM2_DRUMS, GM2_MELODY):
            return int(bank == GM2_DRUMS)
        if bank in XG_DRUMS and (self.uses_xg or not self.uses_gs):
            return 1
        return 0 if bank in XG_MELODY and self.uses_xg and not self.uses_gs else UNSET
