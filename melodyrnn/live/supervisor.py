"""The supervisor: looks after the ports and the take, on a thread that may wait for a disk or a driver."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from melodyrnn.errors import MelodyRnnError, PortError
from melodyrnn.live.inbox import InputLost, MidiIn, Notice, PortFound, PortLost
from melodyrnn.live.player import Player
from melodyrnn.live.time.clock_source import ClockSource
from melodyrnn.live.wire.ports import InputPort, OpenInput, OpenOutput, OutputPort

LOOK_SECONDS = 0.1  # how often the ports are asked whether they are alive
RETRY_SECONDS = 1.0  # how often a lost one is opened again
SAY_SECONDS = 1.0  # between notices: a knob that is turned makes many


class Take(Protocol):
    """Where what was sent is kept."""

    def add(self, pulse: int, message: bytes) -> None:
        """A message was sent; pulses count from the start of the take."""

    def set_tempo(self, pulse: int, bpm: float) -> None:
        """The tempo from a pulse on."""

    def notice(self, bar: int, text: str) -> None:
        """Something was changed in that bar."""


class Supervisor:
    """Keeps the ports open and the take written. Of several inputs, ClockSource says whose clock is followed.

    `write` writes the take, every bar; `keep` writes it elsewhere, when asked for. `say` tells the user of a notice.
    """

    def __init__(
        self,
        player: Player,
        open_output: OpenOutput,
        output: OutputPort,
        open_inputs: Sequence[OpenInput],
        take: Take,
        write: Callable[[], None],
        keep: Callable[[], str],
        say: Callable[[str], None],
    ) -> None:
        self._player, self._open_output, self._open_inputs = player, open_output, open_inputs
        self._take, self._write, self._keep, self.say = take, write, keep, say
        self._output: OutputPort | None = output
        self._inputs: list[InputPort | None] = [None] * len(open_inputs)
        self._clocks, self._told_of = ClockSource(len(open_inputs)), set[int]()
        self._latest: dict[str, Notice] = {}  # of what a notice's first word names, the last
        self._retry_at = self._say_at = 0.0
        self._bars = self._keeps = 0
        self._failed = ""

    def open_inputs(self) -> None:
        """Start listening. PortError where an input is not there."""
        for index in range(len(self._open_inputs)):
            self._open_input(index)

    def _open_input(self, index: int) -> InputPort:
        def receive(message: bytes, at_seconds: float) -> None:
            if self._clocks.follows(index, message, at_seconds):
                self._player.post(MidiIn(message, at_seconds))

        self._inputs[index] = port = self._open_inputs[index](receive)
        return port

    def look(self, now: float) -> None:
        """See what there is to do."""
        self._watch(now)
        self._record()
        if self._latest and now >= self._say_at:
            self._say_at = now + SAY_SECONDS
            self._report_notices()

    def _watch(self, now: float) -> None:
        if self._output and (self._player.output.port is None or not self._output.alive()):
            self._player.post(PortLost(self._output))
            self._output = self._close(self._output)
        for index, port in enumerate(self._inputs):
            if port and not port.alive():
                self.say(f"{port.name}: lost, waiting for it")
                self._inputs[index] = self._close(port)
                self._player.post(InputLost())
            elif port and self._player.follows and index in self._clocks.ignored - self._told_of:
                self._told_of.add(index)
                self.say(f"{port.name}: its clock is not followed, since the port offered here has one")
        if now < self._retry_at:
            return
        self._retry_at = now + RETRY_SECONDS
        if self._output is None:
            with suppress(PortError):  # not there yet
                self._output = self._open_output()
                self._player.post(PortFound(self._output))
        for index, port in enumerate(self._inputs):
            if port is None:
                with suppress(PortError):
                    self.say(f"{self._open_input(index).name}: found again")

    def _record(self) -> None:
        """Take down what was sent, and write it where a bar is over."""
        player = self._player
        bars, keeps = player.bars_passed, player.keeps
        while player.output.log:
            pulse, what = player.output.log.popleft()
            if isinstance(what, bytes):
                self._take.add(pulse, what)
            else:
                self._take.set_tempo(pulse, what)
        while player.notices:
            notice = player.notices.popleft()
            self._latest[notice.text.partition(" ")[0]] = notice
            self._take.notice(*notice)
        if bars != self._bars:
            self._bars = bars
            self._try(self._write_music)
        if keeps != self._keeps:
            self._keeps = keeps
            if player.output.notes_sent:
                self._try(lambda: self.say(f"kept as {self._keep()}"))
            else:
                self.say("nothing was played yet that could be kept")

    def _write_music(self) -> None:
        if self._player.output.notes_sent:  # a take without a note is none
            self._write()

    def _report_notices(self) -> None:
        for bar, text in self._latest.values():
            self.say(f"bar {bar + 1}: {text}")
        self._latest.clear()

    def _try(self, write: Callable[[], None]) -> None:
        """A disk that is full is no reason to stop playing: said once, and tried again with the next bar."""
        try:
            write()
            self._failed = ""
        except MelodyRnnError as error:
            if str(error) != self._failed:
                self._failed = str(error)
                self.say(self._failed)

    def run(self, stopping: threading.Event, now: Callable[[], float]) -> None:
        """Look again and again until `stopping` is set."""
        while not stopping.wait(LOOK_SECONDS):
            self.look(now())

    def finish(self) -> None:
        """Write all that was sent, and close every port. OutputError where the take cannot be written."""
        try:
            self._record()
            self._report_notices()
            self._write_music()
        finally:
            for port in (self._output, *self._inputs):
                if port:
                    self._close(port)

    @staticmethod
    def _close(port: OutputPort | InputPort) -> None:
        with suppress(PortError):  # it was lost: there is nothing left to close
            port.close()
