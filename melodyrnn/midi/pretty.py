"""Songs to and from pretty_midi.PrettyMIDI, the object Python programs hand music around in."""

from typing import TYPE_CHECKING

import numpy as np

from melodyrnn.errors import MidiFileError, OptionError
from melodyrnn.midi.grid import grid_notes
from melodyrnn.midi.writing import TICKS_PER_PULSE, mido_file
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.pulses import pulses_from_ticks
from melodyrnn.music.song import Song, Track
from melodyrnn.music.tempo import MINUTE_MICROSECONDS, TempoMap

if TYPE_CHECKING:
    import pretty_midi


def song_to_pretty_midi(song: Song) -> "pretty_midi.PrettyMIDI":
    """The PrettyMIDI that loading the file of `song` gives. OptionError past the 10 million ticks that it can hold."""
    import pretty_midi

    file = mido_file(song)
    longest = int(pretty_midi.pretty_midi.MAX_TICK) // TICKS_PER_PULSE - 1
    end = max(sum(message.time for message in track) for track in file.tracks) // TICKS_PER_PULSE
    if end > longest:
        raise OptionError(f"a song of {end} pulses does not fit a PrettyMIDI object; at most {longest} do")
    return pretty_midi.PrettyMIDI(mido_object=file, charset="utf-8")


def song_from_pretty_midi(midi: "pretty_midi.PrettyMIDI") -> Song:
    """The Song in a PrettyMIDI object, on the 24-pulse grid, under its tempo map and time signatures.

    Instruments without notes are left out; MidiFileError where no other is left. OptionError for notes that are not
    MIDI notes.
    """

    def pulses(times_seconds: list[float]) -> list[int]:
        ticks = np.array([midi.time_to_tick(time) for time in times_seconds], np.int64)
        return [int(pulse) for pulse in pulses_from_ticks(ticks, midi.resolution)]

    tracks = []
    for instrument in midi.instruments:
        if instrument.notes:
            times = np.array(
                [[midi.time_to_tick(time) for time in (note.start, note.end)] for note in instrument.notes], np.int64
            ).T
            pitches = [note.pitch for note in instrument.notes]
            velocities = [note.velocity for note in instrument.notes]
            array = grid_notes(times, pitches, velocities, midi.resolution)
            tracks.append(Track(array, int(instrument.program), bool(instrument.is_drum), instrument.name))
    if not tracks:
        raise MidiFileError("the PrettyMIDI object holds no notes; at least one is needed")
    times, bpms = midi.get_tempo_changes()
    tempos = TempoMap.of_microseconds(np.array(pulses(times), np.int64), MINUTE_MICROSECONDS / np.asarray(bpms))
    changes = midi.time_signature_changes
    onsets_of_metres = pulses([change.time for change in changes])
    metres = [
        TimeSignature(at, change.numerator, change.denominator)
        for at, change in zip(onsets_of_metres, changes, strict=True)
    ]
    return Song(tuple(tracks), tempos, tuple(metres))
