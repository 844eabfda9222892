"""The supervisor: looks after the ports and the take, on a thread that may wait for a disk or a driver."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from melodyrnn.errors import MelodyRnnError, PortError
from melodyrnn.live.inbox import InputLost, MidiIn, Notice, PortFound, PortLost
from melodyrnn.live.player import Player
from melodyrnn.live.time.clock_source import ClockSource
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.ports import InputPort, LivePorts, OpenOutput, OutputPort

LOOK_SECONDS = 0.1  # how often the ports are asked whether they are alive
RETRY_SECONDS = 1.0  # how often a lost one is opened again
REPORT_SECONDS = 1.0  # between reports of notices: a knob that is turned makes many


class Recorder(Protocol):
    """Keeps what was sent: a take."""

    def add(self, pulse: int, message: bytes) -> None:
        """A message was sent; pulses count from the start of the take."""

    def set_tempo(self, pulse: int, bpm: float) -> None:
        """The tempo from a pulse on. A later one for the same pulse replaces it."""

    def add_notice(self, bar: int, text: str) -> None:
        """Something was changed in that bar."""

    def save(self) -> None:
        """Write the take, if it is to be written. Called after every bar."""

    def keep(self) -> str:
        """Write a copy of the take -> its name."""


@dataclass
class _Outlet:
    """A line, how to open its port again, and the port while it is there."""

    line: Line
    open: OpenOutput
    port: OutputPort | None


class Supervisor:
    """Keeps the ports open and the take written. Of several inputs, ClockSource chooses whose clock counts.

    `report` prints a line for the user.
    """

    def __init__(self, player: Player, ports: LivePorts, recorder: Recorder, report: Callable[[str], None]) -> None:
        self._player, self._open_inputs, self._recorder, self.report = player, ports.open_inputs, recorder, report
        opens = [ports.open_output] + ([ports.open_clock] if ports.open_clock else [])
        self._outlets = [_Outlet(line, opened, line.port) for line, opened in zip(player.lines, opens, strict=True)]
        self._inputs: list[InputPort | None] = [None] * len(self._open_inputs)
        self._clocks, self._reported = ClockSource(len(self._open_inputs)), set[int]()
        self._latest: dict[str, Notice] = {}  # the last of those whose text begins with the same word
        self._retry_at = self._report_at = 0.0
        self._bars = self._keeps = 0
        self._failed = ""

    def open_inputs(self) -> None:
        """Start listening. PortError if an input is not there."""
        for index in range(len(self._open_inputs)):
            self._open_input(index)

    def _open_input(self, index: int) -> InputPort:
        def receive(message: bytes, at_seconds: float) -> None:
            if self._clocks.follows(index, message, at_seconds):
                self._player.post(MidiIn(message, at_seconds))

        self._inputs[index] = port = self._open_inputs[index](receive)
        return port

    def look(self, now: float) -> None:
        """Do what there is to do."""
        self._watch(now)
        self._record()
        if self._latest and now >= self._report_at:
            self._report_at = now + REPORT_SECONDS
            self._report_notices()

    def _watch(self, now: float) -> None:
        for outlet in self._outlets:
            if outlet.port and (outlet.line.port is None or not outlet.port.alive()):
                self._player.post(PortLost(outlet.line, outlet.port))
                outlet.port = self._close(outlet.port)
        for index, port in enumerate(self._inputs):
            if port and not port.alive():
                self.report(f"{port.name}: lost, waiting for it")
                self._inputs[index] = self._close(port)
                self._player.post(InputLost())
            elif port and self._player.follows and index in self._clocks.ignored - self._reported:
                self._reported.add(index)
                self.report(f"{port.name}: its clock is not followed, since the port offered here has one")
        if now >= self._retry_at:
            self._retry_at = now + RETRY_SECONDS
            self._open_lost()

    def _open_lost(self) -> None:
        for outlet in self._outlets:
            if outlet.port is None:
                with suppress(PortError):  # not there yet
                    outlet.port = outlet.open()
                    self._player.post(PortFound(outlet.line, outlet.port))
        for index, port in enumerate(self._inputs):
            if port is None:
                with suppress(PortError):
                    self.report(f"{self._open_input(index).name}: found again")

    def _record(self) -> None:
        """Record what was sent, and save it after each bar."""
        player = self._player
        bars, keeps = player.bars_passed, player.keeps
        while player.output.log:
            pulse, entry = player.output.log.popleft()
            if isinstance(entry, bytes):
                self._recorder.add(int(pulse), entry)
            else:
                self._recorder.set_tempo(int(pulse), entry)
        while player.notices:
            notice = player.notices.popleft()
            self._latest[notice.text.partition(" ")[0]] = notice
            self._recorder.add_notice(*notice)
        if bars != self._bars:
            self._bars = bars
            self._try(self._save_music)
        if keeps != self._keeps:
            self._keeps = keeps
            if player.output.notes_sent:
                self._try(lambda: self.report(f"kept as {self._recorder.keep()}"))
            else:
                self.report("nothing to keep: no note was played yet")

    def _save_music(self) -> None:
        if self._player.output.notes_sent:  # a take without a note is not worth a file
            self._recorder.save()

    def _report_notices(self) -> None:
        for bar, text in self._latest.values():
            self.report(f"bar {bar + 1}: {text}")
        self._latest.clear()

    def _try(self, write: Callable[[], None]) -> None:
        """A full disk does not stop the music: it is reported once, and tried again after the next bar."""
        try:
            write()
            self._failed = ""
        except MelodyRnnError as error:
            if str(error) != self._failed:
                self._failed = str(error)
                self.report(self._failed)

    def run(self, stopping: threading.Event, now: Callable[[], float]) -> None:
        """Look again and again until `stopping` is set."""
        while not stopping.wait(LOOK_SECONDS):
            self.look(now())

    def finish(self) -> None:
        """Save all that was sent, and close every port. OutputError if the take cannot be written."""
        try:
            self._record()
            self._report_notices()
            self._save_music()
        finally:
            for port in (*(outlet.port for outlet in self._outlets), *self._inputs):
                if port:
                    self._close(port)

    @staticmethod
    def _close(port: OutputPort | InputPort) -> None:
        with suppress(PortError):  # it was lost: there is nothing left to close
            port.close()
