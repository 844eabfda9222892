"""A small CLAP host: it loads the installed plugin, keeps a timeline of its own, and collects what comes out.

It is used as our LV2 host is, see there.
"""

import ctypes
from collections.abc import Iterable
from ctypes import POINTER, Structure, byref, c_double, cast
from dataclasses import replace
from pathlib import Path
from typing import Any

from melodyrnn.errors import PluginError
from melodyrnn.plugin import clap_abi as clap
from melodyrnn.plugin.bundle import BINARIES, CLAP_FILE
from melodyrnn.plugin.host import Message, Transport
from melodyrnn.plugin.protocol import TEXT_BYTES, Status

MOST_FRAMES = 8192
MOST_VALUES = 100  # of a parameter whose values have names


class ClapHost:
    """One instance of the plugin in a folder, and the transport that it follows. PluginError if it cannot be loaded.

    `logged`: what the plugin has said to the host. `changes`: how often it said that the project has to be saved.
    """

    def __init__(self, folder: Path, rate: float = 48000) -> None:
        self.rate, self.frame, self.transport, self.offline = rate, 0, Transport(), False
        self.logged, self.changes = list[str](), 0
        self._anchor = 0  # the frame at which `transport` holds
        self._is_offline = self._is_called = False
        self._came: list[Message] = []
        self._events: list[Structure] = []  # that the next block brings
        self._offer()
        self._entry = _loaded(folder)
        factory = self._entry.get_factory(b"clap.plugin-factory")
        named = cast(factory.contents.descriptor(factory, 0), POINTER(clap.Descriptor)).contents
        self._made = factory.contents.create(factory, ctypes.addressof(self._host), named.id)
        if not self._made:
            raise PluginError(f"{folder}: the plugin cannot be made")
        plugin = self._plugin = self._made.contents
        if not plugin.init(self._made) or not plugin.activate(self._made, rate, 1, MOST_FRAMES):
            raise PluginError(f"{folder}: the plugin cannot be made ready")
        plugin.start_processing(self._made)
        self._params = self._extension(b"clap.params", clap.Params)
        self._ids = {info.name.decode().lower().replace(" ", "_"): info.id for info in self._infos()}

    def _offer(self) -> None:
        """What the plugin may call of this host."""
        params = clap.HostParams()  # the plugin is asked for its values whenever they are wanted
        params.rescan = type(params.rescan)(lambda _, __: None)
        state, log = clap.HostState(clap.Request(self._change)), clap.HostLog()
        log.log = type(log.log)(lambda _, __, text: self.logged.append(text.decode(errors="replace")))
        self._offered = {b"clap.params": params, b"clap.state": state, b"clap.log": log}

        def find(_: Any, name: bytes) -> int | None:
            return ctypes.addressof(self._offered[name]) if name in self._offered else None

        def nothing(_: Any) -> None:
            pass

        requests = clap.Request(nothing), clap.Request(nothing), clap.Request(self._call)
        names = b"melodyrnn", b"", b"", b"1"
        self._host = clap.HostStructure(clap.Version(*clap.VERSION), None, *names, clap.GetExtension(find), *requests)
        self._push, self._size = clap.Push(self._take), clap.Count(lambda _: len(self._events))
        self._get = clap.Get(lambda _, index: ctypes.addressof(self._events[index]))
        self._out, self._in = clap.Outputs(None, self._push), clap.Inputs(None, self._size, self._get)

    def _change(self, _: Any) -> None:
        self.changes += 1

    def _call(self, _: Any) -> None:
        self._is_called = True

    @property
    def status(self) -> Status:
        """How the engine is."""
        return Status(int(self.value("status")))

    @property
    def late_bars(self) -> int:
        """How many bars were not there in time."""
        return int(self.value("bars_that_came_late"))

    @property
    def text(self) -> str:
        """What the engine says of itself, in a line: the text of the status."""
        return self._text("status", self.value("status"))

    def value(self, symbol: str) -> float:
        """The value of a parameter."""
        value = c_double()
        self._params.get_value(self._made, self._ids[symbol], byref(value))
        return value.value

    def _text(self, symbol: str, value: float) -> str:
        text = ctypes.create_string_buffer(TEXT_BYTES)
        self._params.value_to_text(self._made, self._ids[symbol], value, text, TEXT_BYTES)
        return text.value.decode(errors="replace")

    def set(self, symbol: str, value: float) -> None:
        """Set a parameter, or "enabled", from the next block on."""
        bypasses = symbol == "enabled"
        header = clap.Header(ctypes.sizeof(clap.ParamEvent), 0, 0, clap.PARAM_VALUE, 0)
        number = self._ids["bypass" if bypasses else symbol]
        self._events.append(clap.ParamEvent(header, number, None, -1, -1, -1, -1, value <= 0 if bypasses else value))

    def go(self, **changes: Any) -> None:
        """Change fields of the transport from the next block on."""
        self.transport = replace(self.transport.after(self.frame - self._anchor, self.rate), **changes)
        self._anchor = self.frame

    def run(self, frames: int, midi: Iterable[Message] = (), model: str = "") -> list[Message]:
        """Run a block -> the messages that came out. Frames of `midi` count from the block's start.

        `model`: a model file, which lies in the folder of models.
        """
        if model:
            rows = [row for row in range(MOST_VALUES) if self._text("model_file", row) == Path(model).name]
            self.set("model_file", rows[0])
        for frame, data in midi:
            header = clap.Header(ctypes.sizeof(clap.MidiEvent), frame, 0, clap.MIDI, 0)
            self._events.append(clap.MidiEvent(header, 0, (ctypes.c_uint8 * 3)(*data)))
        if self._is_offline != self.offline:
            self._is_offline = self.offline
            self._extension(b"clap.render", clap.Render).set(self._made, int(self.offline))
        transport = self._transport()
        process = clap.Process(
            self.frame,
            frames,
            ctypes.addressof(transport),
            in_events=ctypes.addressof(self._in),
            out_events=ctypes.addressof(self._out),
        )
        self._came = []
        self._plugin.process(self._made, ctypes.addressof(process))
        self._events = []
        self.frame += frames
        if self._is_called:
            self._is_called = False
            self._plugin.on_main_thread(self._made)
        return self._came

    def play(self, frames: int, block: int = 1024) -> list[Message]:
        """Run blocks of that size for so many frames."""
        messages = []
        for start in range(0, frames, block):
            messages += self.run(min(block, frames - start))
        return messages

    def save(self) -> bytes:
        """What a project saves."""
        saved = bytearray()

        def write(_: Any, source: int, size: int) -> int:
            saved.extend(ctypes.string_at(source, size))
            return size

        stream = clap.Stream(None, clap.Transfer(write))
        self._extension(b"clap.state", clap.State).save(self._made, ctypes.addressof(stream))
        return bytes(saved)

    def restore(self, saved: bytes) -> bool:
        """Give the plugin what a project had saved -> whether it takes it."""
        left = bytearray(saved)

        def read(_: Any, to: int, size: int) -> int:
            some = bytes(left[:size])
            ctypes.memmove(to, some, len(some))
            del left[:size]
            return len(some)

        stream = clap.Stream(None, clap.Transfer(read))
        return bool(self._extension(b"clap.state", clap.State).load(self._made, ctypes.addressof(stream)))

    def close(self) -> None:
        """Remove the instance."""
        self._plugin.stop_processing(self._made)
        self._plugin.deactivate(self._made)
        self._plugin.destroy(self._made)
        self._entry.deinit()

    def __enter__(self) -> "ClapHost":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _transport(self) -> clap.TransportEvent:
        at = self.transport.after(self.frame - self._anchor, self.rate)
        unit = 4 / at.denominator  # beats of CLAP are quarter notes
        bar_start = at.bar * at.numerator * unit
        return clap.TransportEvent(
            clap.Header(ctypes.sizeof(clap.TransportEvent), 0, 0, clap.TRANSPORT, 0),
            clap.HAS_TEMPO | clap.HAS_BEATS | clap.HAS_TIME_SIGNATURE | clap.IS_PLAYING * (at.speed > 0),
            round((bar_start + at.beat * unit) * clap.FIXED_POINT),
            tempo=at.bpm,
            bar_start=round(bar_start * clap.FIXED_POINT),
            bar_number=at.bar,
            tsig_num=at.numerator,
            tsig_denom=at.denominator,
        )

    def _take(self, _: Any, event: Any) -> bool:
        header = cast(event, POINTER(clap.Header)).contents
        if header.type == clap.MIDI:
            data = bytes(cast(event, POINTER(clap.MidiEvent)).contents.data)
        elif header.type in (clap.NOTE_ON, clap.NOTE_OFF):
            note = cast(event, POINTER(clap.NoteEvent)).contents
            status = (0x90 if header.type == clap.NOTE_ON else 0x80) | note.channel
            data = bytes((status, note.key, round(note.velocity * 127)))
        else:
            return True
        self._came.append((self.frame + header.time, data))
        return True

    def _infos(self) -> Iterable[clap.ParamInfo]:
        for index in range(self._params.count(self._made)):
            info = clap.ParamInfo()
            self._params.get_info(self._made, index, byref(info))
            yield info

    def _extension(self, name: bytes, kind: Any) -> Any:
        return cast(self._plugin.get_extension(self._made, name), POINTER(kind)).contents


def _loaded(folder: Path) -> Any:
    path = folder / BINARIES["clap"]
    try:
        entry = clap.Entry.in_dll(ctypes.CDLL(str(path)), "clap_entry")
    except (OSError, AttributeError, ValueError) as error:
        raise PluginError(f"{folder}: cannot be loaded as a plugin ({error})") from None
    if not entry.init(str(folder / CLAP_FILE).encode()):
        raise PluginError(f"{folder}: the plugin does not begin")
    return entry
