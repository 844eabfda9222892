"""The plugin's end of the memory, in Python, so that an engine can be tested without a host and in no time."""

import mmap
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from melodyrnn.plugin import protocol
from melodyrnn.plugin.engine import Engine
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.parameters import NUMBERS, PARAMETERS
from melodyrnn.plugin.protocol import BarFlag, Kind, Record, Status, TransportFlag

HEADER = {"magic": protocol.MAGIC, "version": protocol.VERSION, "bytes": protocol.MEMORY_BYTES}
EVERYWHERE = -(1 << 31)
PATIENCE_SECONDS = 60.0


class Bar(NamedTuple):
    """A bar that came. `notes`: (onset from the bar line, duration, channel, pitch, velocity)."""

    generation: int
    metre: tuple[int, int]
    keep: bool
    notes: tuple[tuple[float, float, int, int, int], ...]


class FakePlugin:
    """The plugin's end, and an engine in the same process; `bars` are those that came, the last of each number."""

    def __init__(self, model: Path | str = "", state: bytes = b"", **values: float) -> None:
        with tempfile.TemporaryFile() as file:
            file.truncate(protocol.MEMORY_BYTES)
            self.map = mmap.mmap(file.fileno(), protocol.MEMORY_BYTES)
            for field, value in {**HEADER, "start": 1}.items():
                self._set(field, value)
            self.give(model, state)
            self._begin(file.fileno())
        self.bars: dict[int, Bar] = {}
        self.came: list[int] = []  # the numbers of the bars in the order in which they came
        self._coming: list[Record] = []
        self.generation = 0
        self._sent = self._taken = 0
        self.rolling, self.offline, self.place, self.bpm, self.metre = False, False, (0, 0.0), 120.0, (4, 4)
        self._wait_for_engine()
        self.sync(**values)

    def _begin(self, memory: int) -> None:
        self.memory = Memory(str(memory))
        self.engine = Engine(self.memory)

    def _wait_for_engine(self) -> None:
        """It is there at once."""

    def _work(self) -> bool:
        return self.engine.step()

    def sync(self, **values: float) -> None:
        """Say all that is to be known, as at the start. `values`: of parameters, by symbol."""
        self.send(Kind.SYNC)
        for parameter in PARAMETERS:
            if parameter.kind != "button":
                number = NUMBERS[parameter.symbol]
                self.send(Kind.PARAMETER, number=number, value=values.get(parameter.symbol, parameter.default))
        self.transport()

    def send(self, kind: Kind, wanted_from: int = EVERYWHERE, **fields: object) -> None:
        """A record, as the C source sends it."""
        record = Record(kind, self.generation, wanted_from=wanted_from, **fields)  # type: ignore[arg-type]
        start = protocol.TO_ENGINE + self._sent % protocol.RING_RECORDS * protocol.RECORD_BYTES
        self._sent += 1
        self.map[start : start + protocol.RECORD_BYTES] = record.packed(self._sent)
        self._set("sent", self._sent)

    def transport(self, jumps: bool = False, kind: Kind = Kind.TRANSPORT) -> None:
        """Say where the song is."""
        flags = TransportFlag.ROLLING * self.rolling | TransportFlag.OFFLINE * self.offline | TransportFlag.JUMP * jumps
        numerator, denominator = self.metre
        bar, pulse = self.place
        self.send(
            kind, bar=bar, pulse=pulse, value=self.bpm, numerator=numerator, denominator=denominator, flags=int(flags)
        )

    def start(self, bar: int = 0, pulse: float = 0.0) -> None:
        """The song starts to roll from a place."""
        self.rolling = True
        self.go(bar, pulse)

    def stop(self) -> None:
        """The song stops where it is."""
        self.rolling = False
        self.transport()

    def go(self, bar: int, pulse: float = 0.0) -> None:
        """The song goes to a place, and rolls on if it does."""
        self.place = bar, pulse
        self.transport(jumps=True)

    def roll_to(self, bar: int, pulse: int = 0) -> None:
        """Tell every pulse up to a place; the engine looks every now and then, and after the last."""
        length = self.metre[0] * 96 // self.metre[1]
        while self.place < (bar, pulse):
            at, within = self.place
            self.place = (at, within + 1) if within + 1 < length else (at + 1, 0)
            self.transport(kind=Kind.POSITION)
            if self.place[1] % 24 == 0:
                self.settle()
        self.settle()

    def key(self, pitch: int, velocity: int, channel: int = 0) -> None:
        """A key moves at the place; `velocity` 0 is up."""
        bar, pulse = self.place
        data = bytes((0x90 | channel, pitch, velocity, 0))
        self.send(Kind.MIDI, bar=bar, pulse=pulse, data=data)

    def set(self, symbol: str, value: float) -> None:
        """A parameter changes, or a button is pressed."""
        bar = self.place[0] + self.rolling
        wanted = EVERYWHERE
        if PARAMETERS[NUMBERS[symbol]].composes:
            self.generation += 1
            wanted = bar
        self.send(Kind.PARAMETER, wanted, number=NUMBERS[symbol], value=value)

    def is_answered(self) -> bool:
        """Whether the engine has answered all that was sent."""
        return self._get("answered") >= self._sent

    def settle(self) -> None:
        """Let the engine work until it has answered all that was sent."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.is_answered():
            if time.monotonic() > until:
                raise AssertionError(f"the engine does not answer: {self.text}")
            if not self._work():
                time.sleep(0.001)  # another thread prepares
            self.take()

    def rest(self) -> None:
        """Let the engine work until it has nothing to do."""
        self.settle()
        while self._work():
            self.take()
        self.take()

    def take(self) -> None:
        """Take the bars that have come; a bar whose notes are still on their way is taken the next time."""
        while (record := self._slot()) is not None:
            self._coming.append(record)
        while self._coming and len(self._coming) > self._coming[0].number:
            bar, *notes = self._coming[: self._coming[0].number + 1]
            del self._coming[: len(notes) + 1]
            for note in notes:
                if (note.kind, note.bar, note.generation) != (Kind.NOTE, bar.bar, bar.generation):
                    raise AssertionError(f"{note} belongs to no bar, or to another than {bar}")
            raw = tuple((note.pulse, note.value, *note.data[:3]) for note in notes)
            keep = bool(bar.flags & BarFlag.KEEP)
            self.bars[bar.bar] = Bar(bar.generation, (bar.numerator, bar.denominator), keep, raw)
            self.came.append(bar.bar)
        self._set("taken", self._taken)

    def _slot(self) -> Record | None:
        start = protocol.TO_PLUGIN + self._taken % protocol.RING_RECORDS * protocol.RECORD_BYTES
        record = Record.unpacked(self.map[start : start + protocol.RECORD_BYTES], self._taken + 1)
        self._taken += record is not None
        return record

    def notes(self, bars: Sequence[int]) -> list[tuple[tuple[float, float, int, int, int], ...]]:
        """The notes of bars that came."""
        return [self.bars[bar].notes for bar in bars]

    def give(self, model: Path | str, state: bytes) -> None:
        """Give a model's name or file, and what a project had saved."""
        name = str(model).encode()
        self.map[protocol.MODEL : protocol.MODEL + len(name) + 1] = name + b"\0"
        self.map[protocol.STATE : protocol.STATE + len(state)] = state
        self._set("state_bytes", len(state))

    @property
    def saved(self) -> bytes:
        """What the project is to save."""
        return self.map[protocol.SAVED : protocol.SAVED + self._get("saved_bytes")]

    @property
    def text(self) -> str:
        """How the engine is, in words."""
        return self.map[protocol.TEXT : protocol.TEXT + protocol.TEXT_BYTES].partition(b"\0")[0].decode()

    @property
    def status(self) -> Status:
        """How the engine is."""
        return Status(self._get("status"))

    def _get(self, field: str) -> int:
        offset, size = protocol.FIELDS[field]
        return int.from_bytes(self.map[offset : offset + (8 if size == "Q" else 4)], "little")

    def _set(self, field: str, value: int) -> None:
        offset, size = protocol.FIELDS[field]
        count = 8 if size == "Q" else 4
        self.map[offset : offset + count] = value.to_bytes(count, "little")


class EngineProcess(FakePlugin):
    """The same with an engine in a process of its own, as the plugin starts it."""

    def _begin(self, memory: int) -> None:
        command = [sys.executable, "-m", "melodyrnn.plugin", "--memory", str(memory)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[memory],
            start_new_session=True,
        )

    def _wait_for_engine(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while self._get("attached") != self._get("start") and time.monotonic() < until:
            time.sleep(0.001)

    def _work(self) -> bool:
        return False

    def beats(self) -> int:
        """How often the engine's heart has beaten."""
        return self._get("heartbeat")

    def close(self) -> tuple[int, bytes]:
        """Close the plugin's end -> how the engine ends, and what it has printed."""
        printed, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, printed
