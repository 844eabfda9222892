"""`melodyrnn play` into a real JACK server: the file's notes, when the file has them, and nothing owed at the end."""

import signal
import sys

import numpy as np

from melodyrnn.midi import read_song

MEDIAN_SECONDS, LATEST_SECONDS = 0.01, 0.25  # the second of a machine that is busy with other work


def playing(stage, *options):
    process = stage.run([sys.executable, "-m", "melodyrnn", "play", *map(str, options), "--port", "recorder:in"])
    process.wait_for("into recorder:in")
    return process


def test_every_note_comes_when_the_file_has_it(stage, midi_samples):
    file = midi_samples / "mountain_king.mid"
    recorder = stage.record("in")
    process = playing(stage, file, "--from-bar", 9, "--to-bar", 12)
    assert process.process.wait(60) == 0, process.output
    recorder.end()
    song = read_song(file)
    start, end = (song.bar_lines.start(bar) for bar in (8, 12))
    expected = sorted(
        (song.seconds(note.onset_pulses) - song.seconds(start), note.pitch)
        for track in song.tracks
        for note in track
        if start <= note.onset_pulses < end
    )
    came = [(message.seconds, message.data[1]) for message in recorder.onsets]
    assert [pitch for _, pitch in came] == [pitch for _, pitch in expected]
    assert recorder.sounding == {}
    assert recorder.silenced
    recorder.skip_where_the_server_stood_still()
    late = np.array([at for at, _ in came]) - [at for at, _ in expected]
    late -= np.median(late)
    assert np.median(np.abs(late)) < MEDIAN_SECONDS
    assert np.abs(late).max() < LATEST_SECONDS


def test_ctrl_c_ends_every_note(stage, midi_samples):
    recorder = stage.record("in")
    process = playing(stage, midi_samples / "old_hundredth.mid")
    stage.wait_until(lambda: len(recorder.sounding) >= 3, "a chord")
    assert process.end(signal.SIGINT) == 0, process.output
    recorder.end()
    assert recorder.sounding == {}
    assert recorder.silenced
