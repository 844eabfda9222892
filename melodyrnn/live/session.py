"""A session: the threads of live playing, and every way out of it.

The input callback stamps and enqueues; the worker runs the model; the player, and only it, sends; the supervisor looks
after ports and disk. However the session ends, the player pays what it owes before the port is closed.
"""

import gc
import sys
import threading
from collections.abc import Callable

from melodyrnn.errors import MelodyRnnError
from melodyrnn.live.player import Player
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.supervisor import Supervisor
from melodyrnn.live.time.clock import Clock

SWITCH_SECONDS = 0.0002  # how long a thread that computes keeps another from running; Python's own is 5 ms
LONGEST_WAIT_SECONDS = 0.5
WARM_SECONDS = 0.0002  # so long before it is due the player takes a step in which nothing is: the next one is faster
PATIENCE_SECONDS = 5.0  # for a thread to end; a port that does not answer could hold it for ever


class Session:
    """Runs until `stop` or `end` is called, the player has played its last bar, or a thread fails."""

    def __init__(self, clock: Clock, player: Player, worker: ComposeThread, supervisor: Supervisor) -> None:
        self.stopping = threading.Event()
        self._clock, self._player, self._worker, self._keeper = clock, player, worker, supervisor
        self._errors: list[BaseException] = []
        self._is_to_end = False

    def end(self) -> None:
        """End it soon. A signal handler may call this, for it takes no lock: its own thread may hold any just then."""
        self._is_to_end = True

    def stop(self) -> None:
        """End it, from any thread."""
        self.stopping.set()
        self._player.wake.set()
        self._worker.wake.set()

    def run(
        self, watch: Callable[[], None], watch_seconds: float = 0.1, listening: Callable[[], None] | None = None
    ) -> None:
        """Play. Raises the first error, of a thread, of `watch` or `listening`, or of the end.

        On the calling thread `listening` is called once every input is open, and then `watch` again and again, for a
        display.
        """
        interval = sys.getswitchinterval()
        player = self._thread("player", self._play)
        others = [
            self._thread("model", lambda: self._worker.run(self.stopping)),
            self._thread("supervisor", lambda: self._keeper.run(self.stopping, self._clock.now)),
        ]
        try:
            self._keeper.open_inputs()
            if listening:
                listening()
            gc.collect()
            gc.freeze()  # what is there stays: collecting what comes then takes microseconds
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
            self._keeper.finish()
        except MelodyRnnError as error:
            if self._errors:  # the first error is raised; this one is still printed
                self._keeper.say(str(error))
            self._errors.append(error)
        if self._errors:
            raise self._errors[0]

    def _play(self) -> None:
        try:
            while not self.stopping.is_set() and not self._player.ended:
                self._player.wake.clear()
                now = self._clock.now()
                again = self._player.step(now)
                if again - now > 2 * WARM_SECONDS:
                    again -= WARM_SECONDS
                self._clock.wait_until(min(again, now + LONGEST_WAIT_SECONDS), self._player.wake)
        finally:
            self._player.finish(self._clock.now())
            self.stop()

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - it is raised where the session was started
                self._errors.append(error)
                self.stop()

        return threading.Thread(target=run, name=f"melodyrnn {name}", daemon=True)
