"""MIDI as sound, through the real FluidSynth: what a WAV file holds is the notes; and what is missing is told."""

import shutil
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from melodyrnn.errors import OptionError, OutputError, SoundError
from melodyrnn.midi import midi_bytes
from melodyrnn.midi.playback import file_to_play
from melodyrnn.midi.seedfile import parse_seed, seed_of_song
from melodyrnn.music import Note, Song, Tempo, Track
from melodyrnn.sound import find_fluidsynth, fluidsynth, soundfonts
from melodyrnn.sound.soundfonts import find_soundfont

WINDOW_SECONDS = 0.03
ONSETS = (0, 24, 60, 72, 144, 150)
LEAST_RISE_DECIBELS = 6
FLOOR_DECIBELS = -30  # below the loudest window: what echoes of one sound font rise there are no notes


def samples_of(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (2, 2)
        raw = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
        return raw.reshape(-1, 2).mean(1) / 2**15, wav.getframerate()


def test_what_sounds_are_the_notes(synth, tmp_path):
    song = Song([Track([Note(onset, 72, 3, 110) for onset in ONSETS], program=115)], [Tempo(0, 90)])  # a woodblock
    synth.render(file_to_play(seed_of_song(song)), tmp_path / "out.wav")
    sound, rate = samples_of(tmp_path / "out.wav")
    assert 0.85 < np.abs(sound).max() <= 0.91
    window = round(WINDOW_SECONDS * rate)
    power = np.array([np.square(sound[at : at + window]).mean() for at in range(0, len(sound) - window, window)])
    power = np.maximum(power, power.max() * 10 ** (FLOOR_DECIBELS / 10))
    rises = 10 * np.log10(power[1:] / power[:-1])
    found = {round((place + 1) * WINDOW_SECONDS, 2) for place in np.flatnonzero(rises > LEAST_RISE_DECIBELS)}
    expected = [song.seconds(onset) for onset in ONSETS]
    for seconds in expected[1:]:
        assert any(abs(seconds - rise) <= 2 * WINDOW_SECONDS for rise in found)
    for rise in found:
        assert any(abs(seconds - rise) <= 2 * WINDOW_SECONDS for seconds in expected)


def test_silence_is_a_file_of_silence_and_files_stay(synth, tmp_path):
    quiet = parse_seed(midi_bytes(Song([Track([Note(0, 60, 24, 1)])])))
    synth.render(file_to_play(quiet), tmp_path / "out.wav")
    before = (tmp_path / "out.wav").read_bytes()
    with pytest.raises(OutputError, match="already exists"):
        synth.render(file_to_play(quiet), tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


def test_a_program_that_fails_is_told(tmp_path):
    font = tmp_path / "font.sf2"
    font.write_bytes(b"RIFF\0\0\0\0sfbk")
    broken = tmp_path / "fluidsynth"
    broken.write_text(f"#!{sys.executable}\nimport sys\nprint('fluidsynth: error: no memory', file=sys.stderr)\n")
    broken.chmod(0o755)
    if sys.platform == "win32":
        pytest.skip("a script is no program there")
    with pytest.raises(SoundError, match=r"^FluidSynth made no sound \(no memory\)$"):
        fluidsynth.FluidSynth(str(broken), font).render(b"", tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "freebsd14"])
def test_what_is_missing_is_told_with_how_to_get_it(monkeypatch, tmp_path, system):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(soundfonts, "FOLDERS", dict.fromkeys(("linux", "darwin", "win32"), (str(tmp_path),)))
    monkeypatch.delenv("MELODYRNN_SOUNDFONT", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SoundError, match=r"^sound needs the program FluidSynth: .* install .*--port NAME$"):
        find_fluidsynth()
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/fluidsynth")
    with pytest.raises(SoundError, match=r"^sound needs a sound font.*--soundfont FILE or MELODYRNN_SOUNDFONT$"):
        find_fluidsynth()


def test_the_sound_font_that_is_named_comes_before_those_that_are_found(monkeypatch, tmp_path):
    for name in ("aaa.sf2", "TimGM6mb.sf2", "default-GM.sf3", "fake.sf2", "mine.sf2"):
        (tmp_path / name).write_bytes(b"no" if name == "fake.sf2" else b"RIFF\0\0\0\0sfbk")
    monkeypatch.setattr(soundfonts, "folders", lambda: (tmp_path / "nowhere", tmp_path))
    monkeypatch.delenv("MELODYRNN_SOUNDFONT", raising=False)
    assert find_soundfont() == tmp_path / "default-GM.sf3"
    (tmp_path / "default-GM.sf3").unlink()
    assert find_soundfont() == tmp_path / "TimGM6mb.sf2"
    monkeypatch.setenv("MELODYRNN_SOUNDFONT", str(tmp_path / "mine.sf2"))
    assert find_soundfont() == tmp_path / "mine.sf2"
    assert find_soundfont(tmp_path / "aaa.sf2") == tmp_path / "aaa.sf2"
    monkeypatch.setenv("MELODYRNN_SOUNDFONT", "nowhere.sf2")
    with pytest.raises(OptionError, match=r"^nowhere\.sf2 \(MELODYRNN_SOUNDFONT\): is no sound font"):
        find_soundfont()
    with pytest.raises(OptionError, match=r"fake\.sf2: is no sound font \(\.sf2 or \.sf3\)$"):
        find_soundfont(tmp_path / "fake.sf2")
