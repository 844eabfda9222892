"""Beats found in performances that are known, and the songs put on them."""

import numpy as np
import pytest

from melodyrnn.errors import OptionError
from melodyrnn.midi import Options, ReadReport, midi_bytes, parse_midi
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from melodyrnn.music.beats import find_beats, on_beats, on_found_beats, onset_times, usual_share


def played(beat_seconds: list[float], start_seconds: float) -> Song:
    """A bass on each beat and a melody of eighths, as recorded against a click at 120 bpm that nobody heard."""
    beats = start_seconds + np.concatenate([[0.0], np.cumsum(beat_seconds)])
    eighths = np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))
    bass = [Note(round(float(at) * 48), 40, 12, 90) for at in beats]
    melody = [Note(round(float(at) * 48), 60 + i % 7, 9, 64) for i, at in enumerate(eighths)]
    return Song((Track(melody), Track(bass)))


RUBATO = [0.62 + 0.06 * float(np.sin(i / 7)) for i in range(100)]


@pytest.mark.parametrize(
    "beat_seconds", [[0.5] * 80, [0.63] * 80, [0.9] * 60, RUBATO], ids=["120", "95", "67", "rubato"]
)
def test_the_beats_of_a_performance_are_found(beat_seconds: list[float]) -> None:
    found = find_beats(*onset_times(played(beat_seconds, 1.23)))
    known = 1.23 + np.concatenate([[0.0], np.cumsum(beat_seconds)])
    hits = [float(np.abs(found - beat).min()) <= 0.07 for beat in known]
    assert np.mean(hits) > 0.95
    assert abs(len(found) - len(known)) <= 4


def test_a_song_on_its_beats_has_its_notes_on_their_places_and_sounds_at_the_same_time() -> None:
    song = played(RUBATO, 1.23)
    assert usual_share(song) < 0.5
    found = on_found_beats(song)
    assert found is not None
    assert usual_share(found) > 0.8
    assert found.note_count == song.note_count
    assert [track.program for track in found.tracks] == [track.program for track in song.tracks]
    before, after = (np.sort(onset_times(each)[0]) for each in (song, found))
    assert np.abs((before - before[0]) - (after - after[0])).max() < 0.03


def test_notated_music_and_too_little_of_it_is_left_as_it_is() -> None:
    notated = Song((Track([Note(12 * i, 60 + i % 5, 12, 64) for i in range(64)]),))
    assert on_found_beats(notated) is None
    assert on_found_beats(Song((Track([Note(5 + 7 * i, 60, 3, 64) for i in range(5)]),))) is None
    assert find_beats(np.array([0.0] * 8 + [1e9]), np.ones(9)).size == 0
    assert find_beats(np.zeros(20), np.ones(20)).size <= 1
    with pytest.raises(OptionError, match="two beats"):
        on_beats(notated, np.array([1.0]))


def test_silence_around_the_beats_has_their_tempo_and_no_beats_of_its_own() -> None:
    song = played(RUBATO, 600.0)
    beats = find_beats(*onset_times(song))
    end = Note(song.end_pulses, 60, 24_000, 64)
    found = on_beats(Song((*song.tracks, Track([end]))), beats)
    assert len(found.tempos) == len(beats) - 1
    assert found.tempos[0].onset_pulses == 0
    assert found.tempos[1].onset_pulses > 24 * 600
    length = max(track.array[:, 2].max() for track in found.tracks)
    assert length * 60 / found.tempos[-1].bpm / 24 == pytest.approx(500, abs=0.1)  # seconds


def test_of_more_than_an_hour_no_beats_are_looked_for() -> None:
    song = played(RUBATO, 1.23)
    assert on_found_beats(song) is not None
    longest = Note(song.end_pulses, 60, 2**23 - song.end_pulses, 64)
    assert (
        on_found_beats(Song((*song.tracks, Track([longest])), (Tempo(0, 120.0), Tempo(song.end_pulses, 4.0)))) is None
    )


def test_times_under_a_tempo_map() -> None:
    song = Song((), (Tempo(0, 120.0), Tempo(48, 60.0), Tempo(96, 90.0)), (TimeSignature(0, 3, 4),))
    pulses = [0, 24, 48, 72, 96, 120, 1000]
    assert song.tempo_map.seconds_at(np.array(pulses)) == pytest.approx([song.seconds(pulse) for pulse in pulses])


def test_reading_finds_beats_if_asked_to() -> None:
    data = midi_bytes(played(RUBATO, 1.23))
    as_written, report = parse_midi(data)
    assert report == ReadReport(gives_tempo=True, gives_metre=True)
    on_the_beat, report = parse_midi(data, options=Options(beats=True))
    assert report.found_beats == len(on_the_beat.tempos) > 90
    assert usual_share(as_written) < 0.5 < usual_share(on_the_beat)
    assert not report.repaired
