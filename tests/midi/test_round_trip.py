"""Song to file, to PrettyMIDI and back, and as three libraries read the file."""

import io

import mido
import pretty_midi
import pytest
import symusic.core
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError, OptionError
from melodyrnn.midi import midi_bytes, parse_midi, song_from_pretty_midi, song_to_pretty_midi
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track

ROW = tuple[bool, int, int, int, int]  # drum?, then the fields of Note


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """A track in which no pitch overlaps itself, the one thing a MIDI channel cannot hold."""
    step = st.tuples(st.integers(0, 50), st.integers(1, 200), st.integers(1, 127))
    notes = []
    for pitch, steps in draw(
        st.dictionaries(st.integers(0, 127), st.lists(step, min_size=1), min_size=1, max_size=6)
    ).items():
        now = 0
        for rest, duration, velocity in steps:
            notes.append(Note(now + rest, pitch, duration, velocity))
            now += rest + duration
    name = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
    return Track(notes, draw(st.integers(0, 127)), draw(st.booleans()), name)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    onsets = st.lists(st.integers(0, 2000), unique=True, max_size=4).map(sorted)
    tempos: list[Tempo] = []
    for onset in draw(onsets):
        bpm = draw(st.integers(40, 20000)) / 10
        # PrettyMIDI leaves out a tempo that repeats the one before.
        if bpm != (tempos[-1].bpm if tempos else 120.0):
            tempos.append(Tempo(onset, bpm))
    numerators, denominators = st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64])
    metres = [TimeSignature(onset, draw(numerators), draw(denominators)) for onset in draw(onsets)]
    parts = draw(st.lists(tracks(), min_size=1, max_size=4))
    return Song(tuple(parts), tuple(tempos), tuple(metres), draw(st.integers(0, 3000)))


def rows(song: Song) -> list[ROW]:
    return sorted((track.is_drum, *note) for track in song.tracks for note in track)


@given(songs())
def test_a_song_comes_back_from_its_file(song: Song) -> None:
    data = midi_bytes(song)
    back, report = parse_midi(data)
    assert back == song
    assert back.end_pulses == max(song.end_pulses, song.tempos[-1].onset_pulses, song.time_signatures[-1].onset_pulses)
    assert str(report) == "nothing changed"
    assert midi_bytes(back) == data


@given(songs())
def test_a_song_comes_back_from_pretty_midi(song: Song) -> None:
    assert song_from_pretty_midi(song_to_pretty_midi(song)) == song


@given(songs())
def test_three_libraries_find_the_same_notes_in_the_file(song: Song) -> None:
    data = midi_bytes(song)
    assert rows_in_mido(data) == rows(song)
    assert rows_in_pretty_midi(data) == rows(song)
    assert rows_in_symusic(data) == rows(song)


def rows_in_mido(data: bytes) -> list[ROW]:
    file = mido.MidiFile(file=io.BytesIO(data))
    assert file.ticks_per_beat == 480
    found: list[ROW] = []
    for track in file.tracks:
        now, sounding = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                assert message.note not in sounding
                sounding[message.note] = (now, message.velocity)
            elif message.type == "note_off":
                onset, velocity = sounding.pop(message.note)
                found.append((message.channel == 9, onset // 20, message.note, (now - onset) // 20, velocity))
        assert not sounding
    return sorted(found)


def rows_in_pretty_midi(data: bytes) -> list[ROW]:
    midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    found: list[ROW] = []
    for instrument in midi.instruments:
        for note in instrument.notes:
            onset, end = midi.time_to_tick(note.start), midi.time_to_tick(note.end)
            found.append((instrument.is_drum, onset // 20, note.pitch, (end - onset) // 20, note.velocity))
    return sorted(found)


def rows_in_symusic(data: bytes) -> list[ROW]:
    return sorted(
        (track.is_drum, note.time // 20, note.pitch, note.duration // 20, note.velocity)
        for track in symusic.core.ScoreTick.from_midi(data).tracks
        for note in track.notes
    )


def test_a_pretty_midi_object_made_by_hand() -> None:
    midi = pretty_midi.PrettyMIDI(resolution=220, initial_tempo=90)
    midi.time_signature_changes = [pretty_midi.TimeSignature(6, 8, 0.0)]
    flute = pretty_midi.Instrument(73, name="flute")
    eighth = 60 / 90 / 2
    flute.notes = [pretty_midi.Note(70, 72, 0.0, eighth), pretty_midi.Note(80, 74, 3 * eighth, 4.01 * eighth)]
    midi.instruments = [flute, pretty_midi.Instrument(0)]
    song = song_from_pretty_midi(midi)
    assert song == Song(
        (Track([Note(0, 72, 12, 70), Note(36, 74, 12, 80)], 73, name="flute"),),
        (Tempo(0, 90.0),),
        (TimeSignature(0, 6, 8),),
    )


def test_pretty_midi_objects_that_are_no_music_are_refused() -> None:
    midi = pretty_midi.PrettyMIDI()
    with pytest.raises(MidiFileError, match="no notes"):
        song_from_pretty_midi(midi)
    midi.instruments = [pretty_midi.Instrument(0)]
    midi.instruments[0].notes = [pretty_midi.Note(0, 60, 0.0, 1.0)]
    with pytest.raises(OptionError, match="velocity 1-127"):
        song_from_pretty_midi(midi)


def test_a_song_longer_than_pretty_midi_can_hold_is_refused() -> None:
    fits = Song((Track([Note(499_000, 60, 24, 64)]),))
    assert song_from_pretty_midi(song_to_pretty_midi(fits)) == fits
    with pytest.raises(OptionError, match="does not fit a PrettyMIDI"):
        song_to_pretty_midi(Song((Track([Note(500_000, 60, 24, 64)]),)))
