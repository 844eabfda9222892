"""The music that is composed ahead of the song: requested from the composing thread, collected into a schedule."""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.request import Request
from melodyrnn.live.time.axes import MusicPulse, SongPulse
from melodyrnn.live.time.schedule import LiveNote

DEFAULT_LOOK_AHEAD_PULSES = 192


class Book(Protocol):
    """What is composed: see Schedule, which is one."""

    frontier: SongPulse
    end: SongPulse

    def expect(self, start: SongPulse, end: SongPulse | None) -> None:
        """Other music comes from `start` up to `end` (None: without end): drop the notes from there."""

    def clear(self, pulse: SongPulse) -> None:
        """The song goes to `pulse`: drop every note, and want none."""

    def extend(self, notes: Iterable[LiveNote], until: SongPulse) -> None:
        """Add notes in order of onset; all before `until` are known now."""


AnyBook = TypeVar("AnyBook", bound=Book)


class Prefetch(Generic[AnyBook]):
    """Keeps `look_ahead_pulses` of the song composed, in a `schedule`. Of several requests the last counts."""

    def __init__(self, compose_thread: ComposeThread, look_ahead_pulses: int, schedule: AnyBook) -> None:
        self.schedule = schedule
        self._thread, self._look_ahead = compose_thread, look_ahead_pulses
        self._number = 0  # of the last request
        self._shift = 0  # a pulse of its music + this = the pulse of the song at which it plays

    def request(self, request: Request, pulse: SongPulse) -> None:
        """Want other music from `request.at` on; the song is about to play `pulse`."""
        self._number += 1
        self._shift = 0 if request.start is None else int(request.at) - int(request.start)
        if request.start is None:
            self.schedule.clear(request.at)
        else:
            self.schedule.expect(request.at, request.end)
        self.look_ahead(pulse)
        self._thread.request(self._number, request)

    def look_ahead(self, pulse: SongPulse) -> None:
        """The song is about to play `pulse`: let the thread compose on if less than the look-ahead is known."""
        horizon = min(pulse + self._look_ahead, self.schedule.end)
        if horizon > self.schedule.frontier:
            self._thread.horizon = MusicPulse(int(horizon) - self._shift)
            self._thread.wake.set()

    def let_learn(self, may_learn: bool) -> None:
        """Whether there is time to learn: no request is about to come."""
        if may_learn != self._thread.may_learn:
            self._thread.may_learn = may_learn
            self._thread.wake.set()

    def collect(self) -> list[LiveNote]:
        """Move the composed music into the schedule -> its notes."""
        passages, found = self._thread.passages, list[LiveNote]()
        while passages:
            number, passage = passages.popleft()
            if number != self._number:
                continue
            notes = [LiveNote(SongPulse(int(note.onset_pulses) + self._shift), *note[1:]) for note in passage.notes]
            self.schedule.extend(notes, SongPulse(int(passage.until) + self._shift))
            found += notes
        return found

    def is_enough_to_begin(self, bar_pulses: int) -> bool:
        """Whether a bar is known, or everything that is wanted."""
        return self.schedule.frontier >= min(SongPulse(min(bar_pulses, self._look_ahead)), self.schedule.end)
