"""The supply of music: what is asked of the worker, and what comes of it into the schedule."""

from collections.abc import Sequence

from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.request import Request
from melodyrnn.live.time.schedule import LiveNote, Schedule


class Prefetch:
    """Keeps `look_ahead` pulses of the song composed. Of several requests the last counts."""

    def __init__(self, worker: ComposeThread, look_ahead_pulses: int) -> None:
        self.schedule = Schedule()
        self._worker, self._look_ahead = worker, look_ahead_pulses
        self._number, self._shift = 0, 0  # of the last request; from its music's pulses to those of the song

    def ask(self, request: Request, pulse: int) -> None:
        """From `request.at` on other music is wanted; the song is about to play `pulse`."""
        self._number += 1
        self._shift = 0 if request.start is None else request.at - request.start
        if request.start is None:
            self.schedule.clear(request.at)
        else:
            self.schedule.expect(request.at, request.end)
        self.look_ahead(pulse)
        self._worker.ask(self._number, request)

    def look_ahead(self, pulse: int) -> None:
        """The song is about to play `pulse`: let the worker go on from what it has, if that is too little."""
        horizon = min(pulse + self._look_ahead, self.schedule.end)
        if horizon > self.schedule.frontier:
            self._worker.horizon = horizon - self._shift
            self._worker.wake.set()

    def collect(self) -> list[LiveNote]:
        """Take what the worker has composed into the schedule -> the notes that came."""
        passages, came = self._worker.passages, list[LiveNote]()
        while passages:
            number, passage = passages.popleft()
            if number != self._number:
                continue
            notes: Sequence[LiveNote] = passage.notes
            if self._shift:
                notes = [note._replace(onset_pulses=note.onset_pulses + self._shift) for note in notes]
            self.schedule.extend(notes, passage.until + self._shift)
            came += notes
        return came

    def is_enough_to_begin(self, bar_pulses: int) -> bool:
        """Whether there is a bar, or all that is wanted."""
        return self.schedule.frontier >= min(bar_pulses, self._look_ahead, self.schedule.end)
