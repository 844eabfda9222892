"""What any bytes may come to: music or a model that holds what it promises, or one line that says what is wrong.

Each target takes bytes and returns whether something was read; anything that must not happen is an exception.
"""

import tempfile
import zlib
from pathlib import Path

import numpy as np

from melodyrnn.errors import MidiFileError, ModelFileError
from melodyrnn.midi import LIMITS, Options, parse_midi
from melodyrnn.midi.frames import readings_bytes, readings_from_bytes
from melodyrnn.model.modelfile import read_model
from melodyrnn.music import Song, Track

NAME = "any.mid"


def read_midi_bytes(data: bytes) -> bool:
    """As notated; one in eight also as a performance whose pedal holds and whose beats are found."""
    try:
        reading = parse_midi(data, NAME)
    except MidiFileError as error:
        check_line(str(error))
        return False
    song, report = reading
    check_song(song)
    if "\n" in str(report):
        raise AssertionError(f"a report of several lines: {report}")
    if readings_from_bytes(readings_bytes([reading])) != [reading]:
        raise AssertionError("a reading that does not come back from its bytes")
    if zlib.crc32(data) % 8 == 0:
        check_song(parse_midi(data, NAME, options=Options(pedal=True, beats=True))[0])
    return True


def read_model_bytes(data: bytes) -> bool:
    """A model file, whose weights have the shapes that its configuration says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(data)
        try:
            model = read_model(path)
        except ModelFileError as error:
            check_line(str(error))
            return False
    if {name: weight.shape for name, weight in model.weights.items()} != model.config.shapes():
        raise AssertionError("weights of other shapes than the configuration says")
    if not all(np.isfinite(weight).all() for weight in model.weights.values()):
        raise AssertionError("weights that are no numbers")
    return True


def check_line(message: str) -> None:
    """One line that names the file, and can be printed."""
    message.encode("utf-8")
    if NAME not in message or len(message.splitlines()) != 1:
        raise AssertionError(f"not one line that names the file: {message!r}")


def check_song(song: Song) -> None:
    """A song that holds what its types promise, made anew with every check."""
    again = Song(
        tuple(Track(track.array, track.program, track.is_drum, track.name) for track in song.tracks),
        song.tempos,
        song.time_signatures,
        song.length_pulses,
    )
    if again != song or not song.note_count or song.bars < 1:
        raise AssertionError(f"not a song: {song}")
    if song.length_pulses > LIMITS.length_pulses:
        raise AssertionError(f"longer than the limit: {song.length_pulses} pulses")
    for track in song.tracks:
        track.name.encode("utf-8")
