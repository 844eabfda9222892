"""What the plugin has of the song: which bars were sent, as what, and which are wanted again."""

from dataclasses import dataclass
from typing import Any

from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.protocol import STORED_BARS, Kind, Record, TransportFlag

NO_BAR = -(1 << 31)  # wanted from: every bar
Notes = tuple[LiveNote, ...]
Metre = tuple[int, int]


@dataclass
class _Slot:
    """A bar as the plugin stores it. `notes`: None if not all are known. `sent`: what it was sent as."""

    bar: int
    notes: Notes | None = None
    sent: Any = None
    keep: bool = False


class Delivery:
    """Sends bars, each again only when it has changed. The plugin stores as many as this remembers."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._slots: dict[int, _Slot] = {}
        self._wanted = [(NO_BAR, 0)]  # from which bar on which generation is wanted; in order

    def take(self, record: Record) -> None:
        """A record of the plugin may say that other bars are wanted."""
        jumps = bool(record.kind == Kind.TRANSPORT and record.flags & TransportFlag.JUMP)
        if record.kind == Kind.SYNC:
            self._slots.clear()
        for slot in self._slots.values() if jumps else ():
            slot.sent = slot.sent if slot.keep else None
        if jumps or record.kind == Kind.SYNC:
            self._wanted = [(NO_BAR, record.generation)]
        elif record.generation != self._wanted[-1][1]:
            earlier = [wanted for wanted in self._wanted if wanted[0] < record.wanted_from]
            self._wanted = [*earlier, (record.wanted_from, record.generation)]

    def notes(self, bar: int) -> Notes | None:
        """The notes of a bar that was composed and still holds."""
        slot = self._slots.get(bar % STORED_BARS)
        return slot.notes if slot is not None and slot.bar == bar else None

    def has(self, bar: int) -> bool:
        """Whether the plugin has a bar as it is wanted."""
        slot = self._slots.get(bar % STORED_BARS)
        return slot is not None and slot.bar == bar and slot.sent is not None and slot.sent[0] == self._generation(bar)

    def _generation(self, bar: int) -> int:
        return [generation for start, generation in self._wanted if start <= bar][-1]

    def forget(self, bar: int) -> None:
        """The bars from this one on are composed anew."""
        for slot in self._slots.values():
            if slot.bar >= bar:
                slot.notes = None

    def send(
        self, bar: int, line: int, metre: Metre, notes: Notes, heard: Notes, *, keep: bool, whole: bool = True
    ) -> bool:
        """Send the notes of a bar that are `heard`, if the plugin has not got them -> whether it has them now.

        `line`: the pulse at which the bar begins. `metre`: numerator and denominator. `keep`: the bar stays the same
        when the song goes elsewhere. Not `whole`: the rest of the bar is not known yet.
        """
        slot = self._slots.get(bar % STORED_BARS)
        if slot is None or slot.bar != bar:
            slot = self._slots[bar % STORED_BARS] = _Slot(bar)
        slot.notes = notes if whole else None
        generation = self._generation(bar)
        sent = generation, metre, heard, keep
        if slot.sent == sent:
            return True
        raw = [
            (int(note.onset_pulses) - line, note.duration_pulses, note.channel, note.pitch, note.velocity)
            for note in heard
        ]
        if not self._memory.send_bar(generation, bar, metre, raw, keep=keep):
            return False
        slot.sent, slot.keep = sent, keep
        return True
