"""The composing thread: runs the model ahead of time. Only it uses the model; two queues join it to the player."""

import threading
from collections import deque

from melodyrnn.live.score.composer import Composer, Passage
from melodyrnn.live.score.request import Request
from melodyrnn.live.time.axes import MusicPulse


class ComposeThread:
    """Composes up to `horizon`, which the player moves on.

    Requests are numbered, and so are the passages: those of an earlier request do not count any more. `wake` is set
    when there is work; `composed` when there are passages. `may_learn`: no request is about to come, so that there is
    time to learn when enough is composed.
    """

    def __init__(self, composer: Composer) -> None:
        self.horizon = MusicPulse(0)
        self.may_learn = True
        self.passages: deque[tuple[int, Passage]] = deque()
        self.wake, self.composed = threading.Event(), threading.Event()
        self._requests: deque[tuple[int, Request]] = deque()
        self._composer = composer
        self._number = -1
        self._until: MusicPulse | None = None

    def request(self, number: int, request: Request) -> None:
        """Queue a request; earlier ones are not wanted any more."""
        self._requests.append((number, request))
        self.wake.set()

    def work(self) -> bool:
        """Do one piece of work, if there is any -> whether there was."""
        if self._requests:
            self._begin(*self._requests.popleft())
            return True
        if self._until is None or self._until >= self.horizon:
            return self.may_learn and self._composer.learn()
        passage = self._composer.compose()
        if passage.notes or passage.until > self._until:
            self.passages.append((self._number, passage))
            self.composed.set()
        self._until = passage.until
        return True

    def _begin(self, number: int, request: Request) -> None:
        if request.answer:
            self._composer.respond(*request.answer)
        elif request.change:
            self._composer.change(*request.change)
        if request.start is not None and not request.answer and not self._requests:  # of several in a row the last
            self._composer.rewind(request.start)
        self._number, self._until = number, request.start

    def run(self, stopping: threading.Event) -> None:
        """Work until `stopping` is set; rest while there is nothing to do."""
        while not stopping.is_set():
            self.wake.clear()
            if not self.work():
                self.wake.wait()
