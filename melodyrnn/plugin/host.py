"""A small LV2 host: it loads an installed plugin, keeps a timeline of its own, and collects the MIDI that comes out."""

import ctypes
import math
import struct
import time
from collections.abc import Iterable, Sequence
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_float, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from melodyrnn.errors import PluginError
from melodyrnn.plugin.bundle import BINARIES
from melodyrnn.plugin.parameters import NUMBERS, PARAMETERS
from melodyrnn.plugin.protocol import TEXT_BYTES, Status
from melodyrnn.plugin.turtle import MODEL_URI, PORTS, SEQUENCE_BYTES, TEXT_URI

ATOM, TIME, PATCH = (f"http://lv2plug.in/ns/ext/{name}#" for name in ("atom", "time", "patch"))
MIDI_EVENT = "http://lv2plug.in/ns/ext/midi#MidiEvent"
STATE = "http://lv2plug.in/ns/ext/state#interface"
URID_MAP = b"http://lv2plug.in/ns/ext/urid#map"

Message = tuple[int, bytes]  # the frame, counted from the first block on, and a MIDI message


class _Feature(Structure):
    _fields_ = (("uri", c_char_p), ("data", c_void_p))


MapFunction = CFUNCTYPE(c_uint32, c_void_p, c_char_p)
StoreFunction = CFUNCTYPE(c_int, c_void_p, c_uint32, c_void_p, c_size_t, c_uint32, c_uint32)
RetrieveFunction = CFUNCTYPE(c_void_p, c_void_p, c_uint32, POINTER(c_size_t), POINTER(c_uint32), POINTER(c_uint32))


class _Map(Structure):
    _fields_ = (("handle", c_void_p), ("map", MapFunction))


class _State(Structure):
    _fields_ = (
        ("save", CFUNCTYPE(c_int, c_void_p, StoreFunction, c_void_p, c_uint32, c_void_p)),
        ("restore", CFUNCTYPE(c_int, c_void_p, RetrieveFunction, c_void_p, c_uint32, c_void_p)),
    )


class _Text(Structure):
    _fields_ = (("text", CFUNCTYPE(None, c_void_p, c_void_p)),)


class _Descriptor(Structure):
    _fields_ = (
        ("uri", c_char_p),
        ("instantiate", CFUNCTYPE(c_void_p, c_void_p, c_double, c_char_p, c_void_p)),
        ("connect_port", CFUNCTYPE(None, c_void_p, c_uint32, c_void_p)),
        ("activate", CFUNCTYPE(None, c_void_p)),
        ("run", CFUNCTYPE(None, c_void_p, c_uint32)),
        ("deactivate", c_void_p),
        ("cleanup", CFUNCTYPE(None, c_void_p)),
        ("extension_data", CFUNCTYPE(c_void_p, c_char_p)),
    )


@dataclass(frozen=True)
class Transport:
    """Where the song is and how it moves. `beat`: in the bar, in the unit of the time signature."""

    bar: int = 0
    beat: float = 0.0
    bpm: float = 120.0
    numerator: int = 4
    denominator: int = 4
    speed: float = 0.0

    def after(self, frames: float, rate: float) -> "Transport":
        """The place so many frames later; the same if that is no number."""
        beats = self.bar * self.numerator + self.beat
        beats += frames / rate * self.bpm / 60 * self.denominator / 4 * self.speed
        if not frames or not math.isfinite(beats) or not self.numerator:
            return self
        bar = int(beats // self.numerator)
        return replace(self, bar=bar, beat=beats - bar * self.numerator)


class Host:
    """One instance of the plugin in an LV2 bundle, and the transport that it follows.

    PluginError if the bundle cannot be loaded. `tells`: nothing of the transport, all but bars, or all of it.
    """

    def __init__(self, bundle: Path, rate: float = 48000, tells: Literal["nothing", "frames", "bars"] = "bars") -> None:
        self.rate, self.frame, self.offline, self.tells = rate, 0, False, tells
        self.transport = Transport()
        self.seconds = 0.0  # that the plugin took for the last block
        self._anchor = 0  # the frame at which `transport` holds
        self._told: Transport | None = None
        self._uris: dict[str, int] = {}
        self._map_function = MapFunction(lambda _, uri: self._urid(uri.decode()))
        self._descriptor = _load(bundle)
        self._map = _Map(None, self._map_function)
        features = (POINTER(_Feature) * 2)(ctypes.pointer(_Feature(URID_MAP, ctypes.addressof(self._map))))  # and NULL
        path = f"{bundle}/".encode()
        self._handle = self._descriptor.instantiate(ctypes.addressof(self._descriptor), rate, path, features)
        if not self._handle:
            raise PluginError(f"{bundle}: the plugin cannot be made")
        self._in, self._out = (ctypes.create_string_buffer(SEQUENCE_BYTES) for _ in range(2))
        self._controls = {symbol: c_float(0) for symbol in PORTS[2:]}
        self._controls |= {parameter.symbol: c_float(parameter.default) for parameter in PARAMETERS}
        self._controls["enabled"].value = 1
        for port, symbol in enumerate((*PORTS, *NUMBERS)):
            data = {"in": self._in, "out": self._out}.get(symbol) or self._controls[symbol]
            self._descriptor.connect_port(self._handle, port, ctypes.addressof(data))
        self._descriptor.activate(self._handle)

    @property
    def status(self) -> Status:
        """How the engine was in the last block."""
        return Status(int(self._controls["status"].value))

    @property
    def late_bars(self) -> int:
        """How many bars were not there in time."""
        return int(self._controls["late"].value)

    @property
    def text(self) -> str:
        """What the engine says of itself, in a line."""
        text = ctypes.create_string_buffer(TEXT_BYTES)
        extension = self._descriptor.extension_data(TEXT_URI.encode())
        ctypes.cast(extension, POINTER(_Text)).contents.text(self._handle, ctypes.addressof(text))
        return text.value.decode(errors="replace")

    def set(self, symbol: str, value: float) -> None:
        """Set a parameter, or "enabled"."""
        self._controls[symbol].value = value

    def go(self, **changes: Any) -> None:
        """Change fields of the transport from the next block on."""
        self.transport = replace(self.place(), **changes)
        self._anchor = self.frame

    def place(self) -> Transport:
        """Where the song is at the beginning of the next block."""
        return self.transport.after(self.frame - self._anchor, self.rate)

    def activate(self) -> None:
        """As a host does after it has stopped running blocks."""
        self._descriptor.activate(self._handle)

    def run(
        self, frames: int, midi: Iterable[Message] = (), jumps: Sequence[tuple[int, Transport]] = (), model: str = ""
    ) -> list[Message]:
        """Run a block -> the messages that came out. Frames of `midi` and `jumps` count from the block's start."""
        events: list[tuple[int, int, bytes]] = []
        if self.tells != "nothing" and (self._told is None or self._told != self.place()):
            events.append((0, 0, self._position(self.place())))
        for frame, there in jumps:
            events.append((frame, 0, self._position(there)))
            self.transport, self._anchor = there, self.frame + frame
        events += [(frame, 1, self._atom(MIDI_EVENT, data)) for frame, data in midi]
        if model:
            events.append((0, 2, self._set_model(model)))
        body = struct.pack("<II", 0, 0)
        for frame, _, atom in sorted(events, key=lambda event: event[:2]):
            body += struct.pack("<q", frame) + atom
        sequence = self._atom(ATOM + "Sequence", body)
        ctypes.memmove(self._in, sequence, len(sequence))
        struct.pack_into("<II", self._out, 0, SEQUENCE_BYTES - 8, 0)
        self._controls["freewheeling"].value = self.offline
        begun = time.perf_counter()
        self._descriptor.run(self._handle, frames)
        self.seconds = time.perf_counter() - begun
        start = self.frame
        self.frame += frames
        self._told = self.place()
        return [(start + frame, data) for frame, data in self._written()]

    def play(self, frames: int, block: int = 1024) -> list[Message]:
        """Run blocks of that size for so many frames."""
        messages = []
        for start in range(0, frames, block):
            messages += self.run(min(block, frames - start))
        return messages

    def save(self) -> dict[str, tuple[str, bytes]]:
        """What a project saves beside the parameters: type and value, by their URIs."""
        saved: dict[str, tuple[str, bytes]] = {}

        def store(_: Any, key: int, value: int, size: int, kind: int, __: int) -> int:
            saved[self._uri(key)] = self._uri(kind), ctypes.string_at(value, size)
            return 0

        self._state().save(self._handle, StoreFunction(store), None, 0, None)
        return saved

    def restore(self, saved: dict[str, tuple[str, bytes]]) -> None:
        """Give the plugin what a project had saved."""
        kept = {uri: ctypes.create_string_buffer(value, len(value)) for uri, (_, value) in saved.items()}

        def retrieve(_: Any, key: int, size: Any, kind: Any, flags: Any) -> int | None:
            uri = self._uri(key)
            if uri not in kept:
                return None
            size[0], kind[0], flags[0] = len(kept[uri]), self._urid(saved[uri][0]), 3
            return ctypes.addressof(kept[uri])

        self._state().restore(self._handle, RetrieveFunction(retrieve), None, 0, None)

    def close(self) -> None:
        """Remove the instance."""
        if self._handle:
            self._descriptor.cleanup(self._handle)
        self._handle = None

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _state(self) -> Any:
        return ctypes.cast(self._descriptor.extension_data(STATE.encode()), POINTER(_State)).contents

    def _urid(self, uri: str) -> int:
        return self._uris.setdefault(uri, len(self._uris) + 1)

    def _uri(self, urid: int) -> str:
        return list(self._uris)[urid - 1]

    def _atom(self, kind: str, body: bytes) -> bytes:
        return struct.pack("<II", len(body), self._urid(kind)) + body + bytes(-len(body) % 8)

    def _object(self, kind: str, properties: dict[str, bytes]) -> bytes:
        body = struct.pack("<II", 0, self._urid(kind))
        for key, atom in properties.items():
            body += struct.pack("<II", self._urid(key), 0) + atom
        return self._atom(ATOM + "Object", body)

    def _position(self, at: Transport) -> bytes:
        def whole(number: int) -> bytes:
            return self._atom(ATOM + "Long", struct.pack("<q", number))

        def exact(number: float) -> bytes:
            return self._atom(ATOM + "Double", struct.pack("<d", number))

        said = {"frame": whole(self.frame), "speed": exact(at.speed), "beatsPerMinute": exact(at.bpm)}
        if self.tells == "bars":
            said |= {"bar": whole(at.bar), "barBeat": exact(at.beat)}
            said |= {"beatUnit": whole(at.denominator), "beatsPerBar": exact(at.numerator)}
        return self._object(TIME + "Position", {TIME + name: atom for name, atom in said.items()})

    def _set_model(self, path: str) -> bytes:
        named = self._atom(ATOM + "URID", struct.pack("<I", self._urid(MODEL_URI)))
        value = self._atom(ATOM + "Path", path.encode() + b"\0")
        return self._object(PATCH + "Set", {PATCH + "property": named, PATCH + "value": value})

    def _written(self) -> list[Message]:
        size, _ = struct.unpack_from("<II", self._out, 0)
        messages, at = [], 16
        while at < 8 + size:
            frame, length, _ = struct.unpack_from("<qII", self._out, at)
            messages.append((frame, self._out.raw[at + 16 : at + 16 + length]))
            at += 16 + length + -length % 8
        return messages


def _load(bundle: Path) -> Any:
    try:
        library = ctypes.CDLL(str(bundle / BINARIES["lv2"]))
        library.lv2_descriptor.restype = POINTER(_Descriptor)
        return library.lv2_descriptor(0).contents
    except (OSError, AttributeError, ValueError) as error:
        raise PluginError(f"{bundle}: cannot be loaded as a plugin ({error})") from None
