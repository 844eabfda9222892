"""The shared memory, as the engine sees it: records received and sent, and the texts beside them."""

import mmap
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from melodyrnn.errors import PluginError
from melodyrnn.plugin import protocol
from melodyrnn.plugin.protocol import BarFlag, Kind, Record, Status

GUARD_TRIES, GUARD_SECONDS = 200, 0.001


class Memory:
    """The engine's end of the memory. One thread uses it; another may `beat`.

    `name`: the number of a file descriptor, on Windows the name of a file mapping. PluginError if it is no memory of
    this version of the plugin; its status then says so to the plugin.
    """

    def __init__(self, name: str) -> None:
        self._map = _opened(name)
        whole = memoryview(self._map)
        self._words, self._longs = whole.cast("I"), whole.cast("Q")
        if self._get("magic") != protocol.MAGIC:
            raise PluginError(f"memory {name}: is not a plugin's")
        found = self._get("version"), self._get("bytes")
        if found != (protocol.VERSION, protocol.MEMORY_BYTES):
            self._set("status", Status.WRONG_VERSION)
            raise PluginError(f"the plugin speaks version {found[0]}, its engine {protocol.VERSION}: install it again")
        self._taken = self._get("sent")
        self._sent = max(self._get("engine_sent"), self._get("taken"))
        while self._slot(protocol.TO_PLUGIN, self._sent):  # an engine before this one ended as it was writing it
            self._sent += 1
        self._set("engine_taken", self._taken)
        self._set("engine_sent", self._sent)

    def attach(self) -> None:
        """Tell the plugin that its records are read from now on; it then sends all that is to be known."""
        self._set("attached", self._get("start"))

    def beat(self) -> None:
        """Tell the plugin that the engine is alive. Ten times a second or more."""
        self._set("heartbeat", self._get("heartbeat") + 1)

    def receive(self) -> list[Record]:
        """The records that came since the last time."""
        records = []
        while record := self._slot(protocol.TO_ENGINE, self._taken):
            records.append(record)
            self._taken += 1
        self._set("engine_taken", self._taken)
        return records

    def answer(self) -> None:
        """Tell the plugin that the music which follows from what was received has been sent, up to the song's bar."""
        self._set("answered", self._taken)

    def tell_progress(self) -> None:
        """Tell the plugin that something was composed: who writes a file waits on."""
        self._set("progress", self._get("progress") + 1)

    def send_bar(
        self,
        generation: int,
        bar: int,
        metre: tuple[int, int],
        notes: Sequence[tuple[float, float, int, int, int]],
        *,
        keep: bool,
    ) -> bool:
        """Send a bar in a time signature -> whether there was room; otherwise nothing is sent.

        `notes`: (onset, duration) in pulses from the bar line, channel 0 to 15, pitch, velocity; in order of onset. At
        most MOST_NOTES are sent. `keep`: the bar is the same whenever the song comes back to it.
        """
        notes = notes[: protocol.MOST_NOTES]
        if self._sent + 1 + len(notes) - self._get("taken") > protocol.RING_RECORDS:
            return False
        flags = BarFlag.KEEP if keep else 0
        self._send(
            Record(
                Kind.BAR,
                generation,
                bar,
                flags,
                number=len(notes),
                numerator=metre[0],
                denominator=metre[1],
            )
        )
        for onset, duration, channel, pitch, velocity in notes:
            data = bytes((channel, pitch, velocity, 0))
            self._send(Record(Kind.NOTE, generation, bar, 0, onset, duration, data=data))
        self._set("engine_sent", self._sent)
        return True

    def say(self, status: Status, text: str) -> None:
        """Tell the user how the engine is, in a line."""
        line = text.encode()[: protocol.TEXT_BYTES - 1].decode(errors="ignore").encode()
        self._write("text_guard", protocol.TEXT, line.ljust(protocol.TEXT_BYTES, b"\0"))
        self._set("status", status)

    def given(self) -> tuple[str, bytes]:
        """The model's name or path that the plugin has ("" if none), and the state that the project had saved."""
        for _ in range(GUARD_TRIES):
            guard = self._get("given_guard")
            model = self._map[protocol.MODEL : protocol.MODEL + protocol.MODEL_BYTES]
            size = min(self._get("state_bytes"), protocol.STATE_BYTES)
            state = self._map[protocol.STATE : protocol.STATE + size]
            if guard % 2 == 0 and guard == self._get("given_guard"):
                return model.partition(b"\0")[0].decode(errors="replace"), state
            time.sleep(GUARD_SECONDS)
        raise PluginError("the plugin is writing its state and does not finish")

    def saved(self) -> bytes:
        """What an engine before this one has saved."""
        size = min(self._get("saved_bytes"), protocol.STATE_BYTES)
        return self._map[protocol.SAVED : protocol.SAVED + size]

    def save(self, state: bytes) -> None:
        """What the project is to save. PluginError if it is more than STATE_BYTES."""
        if len(state) > protocol.STATE_BYTES:
            raise PluginError(f"state of {len(state)} bytes: at most {protocol.STATE_BYTES} can be saved")
        self._write("saved_guard", protocol.SAVED, state, "saved_bytes")

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._longs.release()
        self._map.close()

    def __enter__(self) -> "Memory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, field: str) -> int:
        offset, size = protocol.FIELDS[field]
        value: int = self._longs[offset // 8] if size == "Q" else self._words[offset // 4]
        return value

    def _set(self, field: str, value: int) -> None:
        """In one store of the processor: a struct would write byte by byte."""
        offset, size = protocol.FIELDS[field]
        if size == "Q":
            self._longs[offset // 8] = value
        else:
            self._words[offset // 4] = value & 0xFFFFFFFF

    def _write(self, guard: str, start: int, content: bytes, size: str = "") -> None:
        before = self._get(guard) // 2 * 2
        self._set(guard, before + 1)
        self._map[start : start + len(content)] = content
        if size:
            self._set(size, len(content))
        self._set(guard, before + 2)

    def _slot(self, ring: int, index: int) -> Record | None:
        start = ring + index % protocol.RING_RECORDS * protocol.RECORD_BYTES
        return Record.unpacked(self._map[start : start + protocol.RECORD_BYTES], index + 1)

    def _send(self, record: Record) -> None:
        start = protocol.TO_PLUGIN + self._sent % protocol.RING_RECORDS * protocol.RECORD_BYTES
        self._sent += 1
        self._map[start : start + protocol.RECORD_BYTES] = record.packed(self._sent)


def _opened(name: str) -> mmap.mmap:
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, protocol.MEMORY_BYTES, tagname=name)
        # macOS does not tell that a memory without a file has a size, which 0 asks for.
        return mmap.mmap(int(name), protocol.MEMORY_BYTES if sys.platform == "darwin" else 0)
    except (OSError, ValueError) as error:
        raise PluginError(f"memory {name}: cannot be opened ({error})") from None
