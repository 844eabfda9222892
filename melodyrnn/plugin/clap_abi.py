"""What our CLAP host uses of CLAP's public binary interface, for ctypes: see source/clap_abi.h."""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char,
    c_char_p,
    c_double,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)

VERSION = (1, 2, 0)
NOTE_ON, NOTE_OFF, PARAM_VALUE, TRANSPORT, MIDI = 0, 1, 5, 9, 10  # kinds of events
HAS_TEMPO, HAS_BEATS, HAS_TIME_SIGNATURE, IS_PLAYING = 1, 2, 8, 16
FIXED_POINT = 1 << 31  # of a beat
NAME_BYTES, PATH_BYTES = 256, 1024

GetExtension = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
Request = CFUNCTYPE(None, c_void_p)
Count = CFUNCTYPE(c_uint32, c_void_p)
Get = CFUNCTYPE(c_void_p, c_void_p, c_uint32)
Push = CFUNCTYPE(c_bool, c_void_p, c_void_p)
Transfer = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_uint64)


class Version(Structure):
    """clap_version."""

    _fields_ = (("major", c_uint32), ("minor", c_uint32), ("revision", c_uint32))


class HostStructure(Structure):
    """clap_host."""

    _fields_ = (
        ("version", Version),
        ("data", c_void_p),
        *((name, c_char_p) for name in ("name", "vendor", "url", "host_version")),
        ("get_extension", GetExtension),
        *((name, Request) for name in ("request_restart", "request_process", "request_callback")),
    )


class Header(Structure):
    """clap_event_header."""

    _fields_ = (
        ("size", c_uint32),
        ("time", c_uint32),
        ("space_id", c_uint16),
        ("type", c_uint16),
        ("flags", c_uint32),
    )


class NoteEvent(Structure):
    """clap_event_note."""

    _fields_ = (
        ("header", Header),
        ("note_id", c_int32),
        ("port_index", c_int16),
        ("channel", c_int16),
        ("key", c_int16),
        ("velocity", c_double),
    )


class ParamEvent(Structure):
    """clap_event_param_value."""

    _fields_ = (
        ("header", Header),
        ("param_id", c_uint32),
        ("cookie", c_void_p),
        ("note_id", c_int32),
        ("port_index", c_int16),
        ("channel", c_int16),
        ("key", c_int16),
        ("value", c_double),
    )


class MidiEvent(Structure):
    """clap_event_midi."""

    _fields_ = (("header", Header), ("port_index", c_uint16), ("data", c_uint8 * 3))


class TransportEvent(Structure):
    """clap_event_transport."""

    _fields_ = (
        ("header", Header),
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


class Inputs(Structure):
    """clap_input_events."""

    _fields_ = (("context", c_void_p), ("size", Count), ("get", Get))


class Outputs(Structure):
    """clap_output_events."""

    _fields_ = (("context", c_void_p), ("try_push", Push))


class Stream(Structure):
    """clap_istream and clap_ostream."""

    _fields_ = (("context", c_void_p), ("transfer", Transfer))


class Process(Structure):
    """clap_process."""

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


class Plugin(Structure):
    """clap_plugin."""

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


class Factory(Structure):
    """clap_plugin_factory."""

    _fields_ = (
        ("count", Count),
        ("descriptor", Get),
        ("create", CFUNCTYPE(POINTER(Plugin), c_void_p, c_void_p, c_char_p)),
    )


class Descriptor(Structure):
    """The beginning of clap_plugin_descriptor."""

    _fields_ = (("version", Version), ("id", c_char_p))


class Entry(Structure):
    """clap_plugin_entry."""

    _fields_ = (
        ("version", Version),
        ("init", CFUNCTYPE(c_bool, c_char_p)),
        ("deinit", CFUNCTYPE(None)),
        ("get_factory", CFUNCTYPE(POINTER(Factory), c_char_p)),
    )


class ParamInfo(Structure):
    """clap_param_info."""

    _fields_ = (
        ("id", c_uint32),
        ("flags", c_uint32),
        ("cookie", c_void_p),
        ("name", c_char * NAME_BYTES),
        ("module", c_char * PATH_BYTES),
        ("low", c_double),
        ("high", c_double),
        ("default", c_double),
    )


class Params(Structure):
    """clap_plugin_params."""

    _fields_ = (
        ("count", Count),
        ("get_info", CFUNCTYPE(c_bool, c_void_p, c_uint32, POINTER(ParamInfo))),
        ("get_value", CFUNCTYPE(c_bool, c_void_p, c_uint32, POINTER(c_double))),
        ("value_to_text", CFUNCTYPE(c_bool, c_void_p, c_uint32, c_double, c_char_p, c_uint32)),
        ("text_to_value", CFUNCTYPE(c_bool, c_void_p, c_uint32, c_char_p, POINTER(c_double))),
        ("flush", c_void_p),
    )


class State(Structure):
    """clap_plugin_state."""

    _fields_ = tuple((name, CFUNCTYPE(c_bool, c_void_p, c_void_p)) for name in ("save", "load"))


class Render(Structure):
    """clap_plugin_render."""

    _fields_ = (("requirement", c_void_p), ("set", CFUNCTYPE(c_bool, c_void_p, c_int32)))


class HostParams(Structure):
    """clap_host_params."""

    _fields_ = (
        ("rescan", CFUNCTYPE(None, c_void_p, c_uint32)),
        ("clear", CFUNCTYPE(None, c_void_p, c_uint32, c_uint32)),
        ("request_flush", Request),
    )


class HostState(Structure):
    """clap_host_state."""

    _fields_ = (("mark_dirty", Request),)


class HostLog(Structure):
    """clap_host_log."""

    _fields_ = (("log", CFUNCTYPE(None, c_void_p, c_int32, c_char_p)),)
