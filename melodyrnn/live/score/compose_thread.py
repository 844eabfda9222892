"""The worker: runs the model ahead of time. It alone touches the model; it talks with the player through two queues."""

import threading
from collections import deque

from melodyrnn.live.score.composer import Composer, Passage
from melodyrnn.live.score.request import Request


class ComposeThread:
    """Composes up to `horizon`, a pulse of the music that the player moves on.

    Requests are numbered, and so are the passages: those of an earlier request do not count any more.
    """

    def __init__(self, composer: Composer) -> None:
        self.horizon = 0
        self.passages: deque[tuple[int, Passage]] = deque()
        self.wake, self.new = threading.Event(), threading.Event()  # to wake the worker; to say there is music
        self._requests: deque[tuple[int, Request]] = deque()
        self._composer = composer
        self._number = -1
        self._until: int | None = None

    def ask(self, number: int, request: Request) -> None:
        """Put a request in line; what was asked for before is not wanted any more."""
        self._requests.append((number, request))
        self.wake.set()

    def work(self) -> bool:
        """Do one piece of work, if there is any -> whether there was."""
        if self._requests:
            self._take(*self._requests.popleft())
            return True
        if self._until is None or self._until >= self.horizon:
            return False
        passage = self._composer.compose()
        if passage.notes or passage.until > self._until:
            self.passages.append((self._number, passage))
            self.new.set()
        self._until = passage.until
        return True

    def _take(self, number: int, request: Request) -> None:
        if request.answer:
            self._composer.hear(*request.answer)
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
