"""The ledger: each note-on that leaves is owed a note-off, and is listed here until that has left."""

from heapq import heappop, heappush

from melodyrnn.live.time.axes import SongPulse

Key = tuple[int, int]
"""Channel and pitch."""


class Ledger:
    """The notes that sound, and when each ends. `channels`: all that were ever played on."""

    def __init__(self) -> None:
        self.channels: set[int] = set()
        self._ends: dict[Key, SongPulse] = {}
        self._queue: list[tuple[SongPulse, Key]] = []

    def __len__(self) -> int:
        return len(self._ends)

    def __contains__(self, key: Key) -> bool:
        return key in self._ends

    def owe(self, key: Key, end: SongPulse) -> None:
        """A note-on leaves, and its note-off is due at `end`."""
        self.channels.add(key[0])
        self._ends[key] = end
        heappush(self._queue, (end, key))

    def settle(self, key: Key) -> None:
        """The note-off has left."""
        self._ends.pop(key, None)

    @property
    def next_end(self) -> SongPulse | None:
        """The pulse at which the next note-off is due."""
        while self._queue and self._ends.get(self._queue[0][1]) != self._queue[0][0]:
            heappop(self._queue)  # settled already, or begun again since
        return self._queue[0][0] if self._queue else None

    def ended(self, pulse: SongPulse) -> list[Key]:
        """The notes whose note-off is due by `pulse`, the longest due first. They are owed until settled."""
        due: dict[Key, None] = {}
        while (end := self.next_end) is not None and end <= pulse:
            due[heappop(self._queue)[1]] = None
        return list(due)

    def owed(self) -> list[Key]:
        """All notes that sound, in the order in which they began."""
        return list(self._ends)
