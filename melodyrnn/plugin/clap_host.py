"""A small CLAP host: it loads the installed plugin, keeps a timeline of its own, and collects what comes out."""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_double,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_void_p,
)
from dataclasses import replace
from pathlib import Path
from typing import Any

from melodyrnn.errors import PluginError
from melodyrnn.plugin.bundle import BINARIES
from melodyrnn.plugin.host import Message, Transport
from melodyrnn.plugin.protocol import Status

VERSION = (1, 2, 0)
NOTE_ON, NOTE_OFF, TRANSPORT, MIDI = 0, 1, 9, 10  # kinds of events
HAS_TEMPO, HAS_BEATS, HAS_TIME_SIGNATURE, IS_PLAYING = 1, 2, 8, 16
FIXED_POINT = 1 << 31  # of a beat
STATUS_ID = 1001
MOST_FRAMES = 8192


GetExtension = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
Request = CFUNCTYPE(None, c_void_p)
Count = CFUNCTYPE(c_uint32, c_void_p)
Get = CFUNCTYPE(c_void_p, c_void_p, c_uint32)
Push = CFUNCTYPE(c_bool, c_void_p, c_void_p)


class _Version(Structure):
    _fields_ = (("major", c_uint32), ("minor", c_uint32), ("revision", c_uint32))


class _Host(Structure):
    _fields_ = (
        ("version", _Version),
        ("data", c_void_p),
        *((name, c_char_p) for name in ("name", "vendor", "url", "host_version")),
        ("get_extension", GetExtension),
        *((name, Request) for name in ("request_restart", "request_process", "request_callback")),
    )


class _Header(Structure):
    _fields_ = (
        ("size", c_uint32),
        ("time", c_uint32),
        ("space_id", c_uint16),
        ("type", c_uint16),
        ("flags", c_uint32),
    )


class _Note(Structure):
    _fields_ = (
        ("header", _Header),
        ("note_id", c_int32),
        ("port_index", c_int16),
        ("channel", c_int16),
        ("key", c_int16),
        ("velocity", c_double),
    )


class _Midi(Structure):
    _fields_ = (("header", _Header), ("port_index", c_uint16), ("data", c_uint8 * 3))


class _Transport(Structure):
    _fields_ = (
        ("header", _Header),
        ("flags", c_uint32),
        ("song_pos_beats", c_int64),
        ("song_pos_seconds", c_int64),
        ("tempo", c_double),
        ("tempo_inc", c_double),
        *((name, c_int64) for name in ("loop_start", "loop_end", "loop_start_seconds", "loop_end_seconds")),
        ("bar_start", c_int64),
        ("bar_number", c_int32),
        ("tsig_num", c_uint16),
        ("tsig_denom", c_uint16),
    )


class _Inputs(Structure):
    _fields_ = (
        ("context", c_void_p),
        ("size", Count),
        ("get", Get),
    )


class _Outputs(Structure):
    _fields_ = (("context", c_void_p), ("try_push", Push))


class _Process(Structure):
    _fields_ = (
        ("steady_time", c_int64),
        ("frames_count", c_uint32),
        ("transport", c_void_p),
        ("audio_inputs", c_void_p),
        ("audio_outputs", c_void_p),
        ("audio_inputs_count", c_uint32),
        ("audio_outputs_count", c_uint32),
        ("in_events", c_void_p),
        ("out_events", c_void_p),
    )


class _Plugin(Structure):
    _fields_ = (
        ("descriptor", POINTER(c_void_p)),
        ("data", c_void_p),
        ("init", CFUNCTYPE(c_bool, c_void_p)),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("activate", CFUNCTYPE(c_bool, c_void_p, c_double, c_uint32, c_uint32)),
        ("deactivate", CFUNCTYPE(None, c_void_p)),
        ("start_processing", CFUNCTYPE(c_bool, c_void_p)),
        ("stop_processing", CFUNCTYPE(None, c_void_p)),
        ("reset", CFUNCTYPE(None, c_void_p)),
        ("process", CFUNCTYPE(c_int32, c_void_p, c_void_p)),
        ("get_extension", GetExtension),
        ("on_main_thread", CFUNCTYPE(None, c_void_p)),
    )


class _Factory(Structure):
    _fields_ = (
        ("count", Count),
        ("descriptor", Get),
        ("create", CFUNCTYPE(POINTER(_Plugin), c_void_p, c_void_p, c_char_p)),
    )


class _Descriptor(Structure):
    _fields_ = (("version", _Version), ("id", c_char_p))


class _Entry(Structure):
    _fields_ = (
        ("version", _Version),
        ("init", CFUNCTYPE(c_bool, c_char_p)),
        ("deinit", CFUNCTYPE(None)),
        ("get_factory", CFUNCTYPE(POINTER(_Factory), c_char_p)),
    )


class _Params(Structure):
    _fields_ = (
        ("count", c_void_p),
        ("get_info", c_void_p),
        ("get_value", CFUNCTYPE(c_bool, c_void_p, c_uint32, POINTER(c_double))),
    )


class _Render(Structure):
    _fields_ = (("requirement", c_void_p), ("set", CFUNCTYPE(c_bool, c_void_p, c_int32)))


class ClapHost:
    """One instance of the plugin in a folder, and the transport that it follows. PluginError if it cannot be loaded."""

    def __init__(self, folder: Path, rate: float = 48000) -> None:
        self.rate, self.frame, self.transport = rate, 0, Transport()
        self._anchor = 0  # the frame at which `transport` holds
        self._offline = False
        self._came: list[Message] = []
        names = b"melodyrnn", b"", b"", b"1"
        self._host = _Host(_Version(*VERSION), None, *names, GetExtension(), *(Request() for _ in range(3)))
        self._push = Push(self._take)
        self._out = _Outputs(None, self._push)
        self._in = _Inputs(None, Count(lambda _: 0), Get(lambda _, __: None))
        self._entry = _loaded(folder)
        factory = self._entry.get_factory(b"clap.plugin-factory")
        named = ctypes.cast(factory.contents.descriptor(factory, 0), POINTER(_Descriptor)).contents
        self._made = factory.contents.create(factory, ctypes.addressof(self._host), named.id)
        if not self._made:
            raise PluginError(f"{folder}: the plugin cannot be made")
        plugin = self._plugin = self._made.contents
        if not plugin.init(self._made) or not plugin.activate(self._made, rate, 1, MOST_FRAMES):
            raise PluginError(f"{folder}: the plugin cannot be made ready")
        plugin.start_processing(self._made)

    @property
    def status(self) -> Status:
        """How the engine is."""
        value = c_double()
        self._extension(b"clap.params", _Params).get_value(self._made, STATUS_ID, ctypes.byref(value))
        return Status(int(value.value))

    @property
    def text(self) -> str:
        """The same in words: CLAP has no more."""
        return self.status.name.lower().replace("_", " ")

    @property
    def offline(self) -> bool:
        """Whether the host writes a file."""
        return self._offline

    @offline.setter
    def offline(self, offline: bool) -> None:
        self._offline = offline
        self._extension(b"clap.render", _Render).set(self._made, int(offline))

    def go(self, **changes: Any) -> None:
        """Change fields of the transport from the next block on."""
        self.transport = replace(self.transport.after(self.frame - self._anchor, self.rate), **changes)
        self._anchor = self.frame

    def run(self, frames: int) -> list[Message]:
        """Run a block -> the messages that came out."""
        at = self.transport.after(self.frame - self._anchor, self.rate)
        unit = 4 / at.denominator  # beats of CLAP are quarter notes
        bar_start = at.bar * at.numerator * unit
        transport = _Transport(
            _Header(ctypes.sizeof(_Transport), 0, 0, TRANSPORT, 0),
            HAS_TEMPO | HAS_BEATS | HAS_TIME_SIGNATURE | IS_PLAYING * (at.speed > 0),
            round((bar_start + at.beat * unit) * FIXED_POINT),
            tempo=at.bpm,
            bar_start=round(bar_start * FIXED_POINT),
            bar_number=at.bar,
            tsig_num=at.numerator,
            tsig_denom=at.denominator,
        )
        process = _Process(
            self.frame,
            frames,
            ctypes.addressof(transport),
            in_events=ctypes.addressof(self._in),
            out_events=ctypes.addressof(self._out),
        )
        self._came = []
        self._plugin.process(self._made, ctypes.addressof(process))
        self.frame += frames
        return self._came

    def play(self, frames: int, block: int = 1024) -> list[Message]:
        """Run blocks of that size for so many frames."""
        messages = []
        for start in range(0, frames, block):
            messages += self.run(min(block, frames - start))
        return messages

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

    def _take(self, _: Any, event: Any) -> bool:
        header = ctypes.cast(event, POINTER(_Header)).contents
        if header.type == MIDI:
            data = bytes(ctypes.cast(event, POINTER(_Midi)).contents.data)
        elif header.type in (NOTE_ON, NOTE_OFF):
            note = ctypes.cast(event, POINTER(_Note)).contents
            status = (0x90 if header.type == NOTE_ON else 0x80) | note.channel
            data = bytes((status, note.key, round(note.velocity * 127)))
        else:
            return True
        self._came.append((self.frame + header.time, data))
        return True

    def _extension(self, name: bytes, kind: Any) -> Any:
        return ctypes.cast(self._plugin.get_extension(self._made, name), POINTER(kind)).contents


def _loaded(folder: Path) -> Any:
    path = folder / BINARIES["clap"]
    try:
        entry = _Entry.in_dll(ctypes.CDLL(str(path)), "clap_entry")
    except (OSError, AttributeError, ValueError) as error:
        raise PluginError(f"{folder}: cannot be loaded as a plugin ({error})") from None
    if not entry.init(str(path).encode()):
        raise PluginError(f"{folder}: the plugin does not begin")
    return entry
