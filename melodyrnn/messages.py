"""The few MIDI messages that live playing sends and understands, as bytes. Channels count from 0.

Numbers from the MIDI 1.0 Detailed Specification (MIDI Manufacturers Association, 1996).
"""

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM = 0x80, 0x90, 0xB0, 0xC0  # status bytes of channel 0
POSITION, CLOCK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
SUSTAIN, ALL_SOUND_OFF, ALL_NOTES_OFF = 64, 120, 123
PEDAL_DOWN = 64  # and above
PULSES_PER_POSITION = 6  # Song Position counts sixteenth notes
MOST_POSITIONS = 1 << 14
DATA_BYTES = {NOTE_OFF: 2, NOTE_ON: 2, CONTROL: 2, PROGRAM: 1}


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
    """A channel takes up an instrument, 0 to 127."""
    return bytes((PROGRAM | channel, number))


def silence(channel: int) -> tuple[bytes, ...]:
    """Sustain up, all sound off, all notes off: whatever a synthesizer understands of it."""
    return control(channel, SUSTAIN, 0), control(channel, ALL_SOUND_OFF, 0), control(channel, ALL_NOTES_OFF, 0)


def position(pulse: int) -> bytes:
    """Song Position: the sixteenth note in which `pulse` lies. It reaches 1024 bars of 4/4 and stays there."""
    sixteenth = min(pulse // PULSES_PER_POSITION, MOST_POSITIONS - 1)
    return bytes((POSITION, sixteenth & 127, sixteenth >> 7))


def position_pulse(message: bytes) -> int:
    """The pulse that a whole Song Position message names."""
    return PULSES_PER_POSITION * (message[1] | message[2] << 7)


def is_whole(message: bytes) -> bool:
    """Whether the message is as long as what it begins with asks for, and its data are data. Others say nothing."""
    if not message:
        return False
    wanted = 2 if message[0] == POSITION else DATA_BYTES.get(message[0] & 0xF0, 0)
    return len(message) == 1 + wanted and all(byte < 128 for byte in message[1:])
