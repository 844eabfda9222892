"""A session: the threads of live playing, and every way out of it.

The input callback stamps and enqueues; the composing thread runs the model; only the player sends; the supervisor looks
after ports and disk. However the session ends, the player sends every note-off that it owes before the port is closed.
"""

import gc
import sys
import threading
from collections.abc import Callable

from melodyrnn.errors import MelodyRnnError
from melodyrnn.live.player import Player
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.status import Status
from melodyrnn.live.supervisor import Supervisor
from melodyrnn.live.time.clock import Clock

SWITCH_SECONDS = 0.0002  # how long a computing thread may keep another waiting; Python's default is 5 ms
LONGEST_WAIT_SECONDS = 0.5
WARM_SECONDS = 0.0002  # the player takes an empty step so long before a due one, which is then faster
PATIENCE_SECONDS = 5.0  # for a thread to end: a port that does not answer could block it for ever


class Session:
    """Runs until `stop` or `end` is called, the player has played its last bar, or a thread fails."""

    def __init__(self, clock: Clock, player: Player, compose_thread: ComposeThread, supervisor: Supervisor) -> None:
        self.stopping = threading.Event()
        self.player = player
        self._clock, self._compose_thread, self._supervisor = clock, compose_thread, supervisor
        self._errors: list[BaseException] = []
        self._is_to_end = False

    def status(self) -> Status:
        """Its present state, to be shown."""
        return Status.of(self.player, self._clock.now())

    def end(self) -> None:
        """End it soon. Safe in a signal handler: it takes no lock, which its own thread might hold just then."""
        self._is_to_end = True

    def stop(self) -> None:
        """End it, from any thread."""
        self.stopping.set()
        self.player.wake.set()
        self._compose_thread.wake.set()

    def run(
        self, watch: Callable[[], None], watch_seconds: float = 0.1, listening: Callable[[], None] | None = None
    ) -> None:
        """Play. Raises the first error, of a thread, of `watch` or `listening`, or of the end.

        It calls `listening` on the calling thread once every input is open, and then `watch` again and again.
        """
        interval = sys.getswitchinterval()
        player = self._thread("player", self._play)
        others = [
            self._thread("model", lambda: self._compose_thread.run(self.stopping)),
            self._thread("supervisor", lambda: self._supervisor.run(self.stopping, self._clock.now)),
        ]
        try:
            self._supervisor.open_inputs()
            if listening:
                listening()
            gc.collect()
            gc.freeze()  # the objects that exist stay: collecting later ones then takes microseconds
            sys.setswitchinterval(SWITCH_SECONDS)
            for thread in (player, *others):
                thread.start()
            while not self._is_to_end and not self.stopping.wait(watch_seconds):
                watch()
        except BaseException as error:  # noqa: BLE001 - raised below, unless a thread failed before
            self._errors.append(error)
        finally:
            self.stop()
            for thread in (player, *others):
                if thread.ident is not None:
                    thread.join(PATIENCE_SECONDS)
            sys.setswitchinterval(interval)
            gc.unfreeze()
        try:
            self._supervisor.finish()
        except MelodyRnnError as error:
            if self._errors:  # the first error is raised; this one is still printed
                self._supervisor.report(str(error))
            self._errors.append(error)
        if self._errors:
            raise self._errors[0]

    def _play(self) -> None:
        try:
            while not self.stopping.is_set() and not self.player.ended:
                self.player.wake.clear()
                now = self._clock.now()
                again = self.player.step(now)
                if again - now > 2 * WARM_SECONDS:
                    again -= WARM_SECONDS
                self._clock.wait_until(min(again, now + LONGEST_WAIT_SECONDS), self.player.wake)
        finally:
            self.player.finish(self._clock.now())
            self.stop()

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised where the session was started
                self._errors.append(error)
                self.stop()

        return threading.Thread(target=run, name=f"melodyrnn {name}", daemon=True)
