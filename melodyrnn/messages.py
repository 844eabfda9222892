"""MIDI 1.0 messages as bytes: one table of their numbers, for files, ports and live playing. Channels count from 0.

Numbers from the MIDI 1.0 Detailed Specification (MIDI Manufacturers Association, 1996).
"""

# Channel messages by their status on channel 0, and how many data bytes follow each.
NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND = range(0x80, 0xF0, 0x10)
DATA_BYTES = {NOTE_OFF: 2, NOTE_ON: 2, KEY_PRESSURE: 2, CONTROL: 2, PROGRAM: 1, PRESSURE: 1, BEND: 2}

# System messages.
SYSTEM_EXCLUSIVE, TIME_CODE, POSITION, SONG, END_OF_EXCLUSIVE = 0xF0, 0xF1, 0xF2, 0xF3, 0xF7
CLOCK, START, CONTINUE, STOP = 0xF8, 0xFA, 0xFB, 0xFC
SYSTEM_DATA_BYTES = {TIME_CODE: 1, POSITION: 2, SONG: 1}  # those above carry none

# Controllers.
SUSTAIN, ALL_SOUND_OFF, RESET_CONTROLS, ALL_NOTES_OFF = 64, 120, 121, 123
PEDAL_DOWN = 64  # the least value of SUSTAIN at which the pedal is down

PULSES_PER_POSITION = 6  # Song Position counts sixteenth notes
MOST_POSITIONS = 1 << 14

CHANNELS = range(16)


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """A key goes down."""
    return bytes((NOTE_ON | channel, pitch, velocity))


def note_off(channel: int, pitch: int) -> bytes:
    """A key comes up."""
    return bytes((NOTE_OFF | channel, pitch, 0))


def control(channel: int, controller: int, value: int) -> bytes:
    """A controller moves."""
    return bytes((CONTROL | channel, controller, value))


def program(channel: int, number: int) -> bytes:
    """A channel takes an instrument, 0 to 127."""
    return bytes((PROGRAM | channel, number))


def silence(channel: int) -> tuple[bytes, ...]:
    """Sustain up, all sound off, all notes off: a synthesizer may understand only one of them."""
    return control(channel, SUSTAIN, 0), control(channel, ALL_SOUND_OFF, 0), control(channel, ALL_NOTES_OFF, 0)


def position(pulse: int) -> bytes:
    """Song Position: the sixteenth note that holds `pulse`, at most the last that it can name (1024 bars of 4/4)."""
    sixteenth = min(pulse // PULSES_PER_POSITION, MOST_POSITIONS - 1)
    return bytes((POSITION, sixteenth & 127, sixteenth >> 7))


def position_pulse(message: bytes) -> int:
    """The pulse that a whole Song Position message names."""
    return PULSES_PER_POSITION * (message[1] | message[2] << 7)


def is_whole(message: bytes) -> bool:
    """Whether a message has as many data bytes, below 128, as its status asks for. System exclusive ones never have."""
    if not message or message[0] in (SYSTEM_EXCLUSIVE, END_OF_EXCLUSIVE):
        return False
    wanted = DATA_BYTES.get(message[0] & 0xF0, SYSTEM_DATA_BYTES.get(message[0], 0))
    return message[0] >= NOTE_OFF and len(message) == 1 + wanted and all(byte < 128 for byte in message[1:])
