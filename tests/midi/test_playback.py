"""A MIDI file as timed messages: every channel message of every track, at the seconds that its tempos make."""

import numpy as np
import pytest

from melodyrnn.midi import midi_bytes, read_song
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.playback import file_to_play, timed_messages
from melodyrnn.midi.reading import parse_midi
from melodyrnn.midi.seedfile import parse_seed, read_seed
from melodyrnn.music import Note, Song, Tempo, Track


def test_messages_come_at_the_seconds_that_the_tempos_make():
    song = Song([Track([Note(0, 60, 24, 80), Note(48, 62, 24, 70)])], [Tempo(0, 60), Tempo(24, 120)])
    messages = timed_messages(parse_seed(midi_bytes(song)))
    notes = [(at, message[1], bool(message[2])) for at, message in messages if message[0] & 0xE0 == 0x80]
    assert notes == [(0.0, 60, True), (1.0, 60, False), (1.5, 62, True), (2.0, 62, False)]


@pytest.mark.parametrize("sample", ["mountain_king", "frere_jacques", "rock_beat", "greensleeves"])
def test_the_file_to_play_has_the_same_notes_at_the_same_seconds(midi_samples, sample):
    file = read_seed(midi_samples / f"{sample}.mid")
    played = parse_midi(file_to_play(file))[0]

    def heard(song):
        rows = [
            (round(song.seconds(note.onset_pulses), 1), note.pitch, track.is_drum)
            for track in song.tracks
            for note in track
        ]
        return sorted(rows)

    given, again = heard(file.song), heard(played)
    assert [row[1:] for row in sorted(again, key=lambda row: row[1])] == [
        row[1:] for row in sorted(given, key=lambda row: row[1])
    ]
    assert np.allclose(sorted(row[0] for row in given), sorted(row[0] for row in again), atol=0.11)
    assert {track.program for track in played.tracks} == {track.program for track in read_song(file.name).tracks}


def test_from_a_bar_on_the_program_of_each_channel_is_sent_before_its_notes(midi_samples):
    file = bars_between(read_seed(midi_samples / "frere_jacques.mid"), 5)
    messages = timed_messages(file)
    first = {}
    for _, message in messages:
        if message[0] & 0xF0 in (0x90, 0xC0):
            first.setdefault(message[0] & 0x0F, message)
    assert [message[1] for message in first.values()] == [track.program for track in file.song.tracks]
    assert {message[0] & 0xF0 for message in first.values()} == {0xC0}
    assert next(at for at, message in messages if message[0] & 0xF0 == 0x90) == 0
