"""`melodyrnn play` and `generate --wav`: into a port that is no device, and through FluidSynth."""

import os
import shutil
import signal
import subprocess
import sys
import time
import wave

import pytest

from melodyrnn.errors import PortError
from melodyrnn.live.testing import FakeClock, FakePort, sounding
from melodyrnn.live.time import clock as clocks
from melodyrnn.midi import read_song
from melodyrnn.ports import devices


@pytest.fixture
def port(monkeypatch):
    """The port "synth" of a machine whose time does not wait."""
    clock = FakeClock()
    port = FakePort(clock, "synth")

    def open_output(name):
        if name != "synth":
            raise PortError(f"no MIDI port to play into has the name {name!r}: there are synth")
        return port

    monkeypatch.setattr(devices, "open_output", open_output)
    monkeypatch.setattr(clocks, "SystemClock", lambda: clock)
    return port


def struck(port):
    return [message[1] for _, message in port.sent if message[0] & 0xF0 == 0x90 and message[2]]


def test_a_file_is_played_into_a_port(run, port, midi_samples):
    outcome = run("play", midi_samples / "ode_to_joy.mid", "--port", "synth")
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert outcome.out.endswith("ode_to_joy.mid: 16 bars, 0:33, into synth\n")
    song = read_song(midi_samples / "ode_to_joy.mid")
    assert struck(port) == [note.pitch for note in song.tracks[0]]
    assert sounding(port.sent) == set()
    assert port.closed


def test_from_a_bar_to_a_bar(run, port, midi_samples):
    assert (
        run("play", midi_samples / "ode_to_joy.mid", "--port", "synth", "--from-bar", 3, "--to-bar", 4).exit_code == 0
    )
    song = read_song(midi_samples / "ode_to_joy.mid")
    assert struck(port) == [note.pitch for note in song.tracks[0] if 192 <= note.onset_pulses < 384]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["nowhere.mid", "--port", "synth"], 1, "nowhere.mid: no such file"),
        (["{sample}", "--port", "flute"], 1, "no MIDI port to play into has the name 'flute'"),
        (["{sample}", "--port", "synth", "--wav", "x.wav"], 2, "leave out --wav"),
        (["{sample}", "--port", "synth", "--from-bar", "99"], 2, "has bars 1 to 16"),
        (["{sample}", "--wav", "x.wav", "--soundfont", "nowhere.sf2"], (1, 2), "nowhere.sf2: is no sound font"),
    ],
)
def test_what_cannot_be_played_is_one_line(run, port, tmp_path, midi_samples, arguments, exit_code, said):
    sample = midi_samples / "ode_to_joy.mid"
    outcome = run("play", *(argument.format(sample=sample) for argument in arguments))
    assert outcome.exit_code in (exit_code if isinstance(exit_code, tuple) else (exit_code,))
    assert said in outcome.err
    assert (outcome.out, outcome.err.count("\n"), port.sent) == ("", 1, [])
    assert list(tmp_path.iterdir()) == []


def test_without_fluidsynth_nothing_is_made_and_the_error_says_how_to_get_it(run, monkeypatch, tmp_path, midi_samples):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    for arguments in (("generate", midi_samples / "ode_to_joy.mid", "--wav", "x.wav"), ("play", "x.mid")):
        outcome = run(*arguments)
        assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
        assert outcome.err.startswith("error: sound needs the program FluidSynth: ")
    assert list(tmp_path.iterdir()) == []


def seconds_of(path):
    with wave.open(str(path)) as wav:
        frames = wav.readframes(wav.getnframes())
        assert max(frames) > 0
        return wav.getnframes() / wav.getframerate()


def test_generate_writes_the_sound_of_each_take(run, synth, tmp_path, midi_samples):
    asked = ("--bars", 2, "--takes", 2, "--random-seed", 1, "-o", "out.mid", "--wav", "out.wav", "--without-seed")
    outcome = run("generate", midi_samples / "ode_to_joy.mid", *asked)
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert [line for line in outcome.out.splitlines() if "sound" in line] == [f"out-{n}.wav: its sound" for n in (1, 2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out-1.mid", "out-1.wav", "out-2.mid", "out-2.wav"]
    assert seconds_of(tmp_path / "out-1.wav") > 3.5
    again = run("generate", midi_samples / "ode_to_joy.mid", *asked)
    assert (again.exit_code, again.err.count("already exists")) == (1, 1)


def test_play_writes_the_sound_of_some_bars(run, synth, tmp_path, midi_samples):
    lengths = []
    for name, bars in {"all.wav": (), "end.wav": ("--from-bar", 13)}.items():
        outcome = run("play", midi_samples / "ode_to_joy.mid", "--wav", name, *bars)
        assert outcome.exit_code == 0, outcome.err
        assert "sound font" in outcome.out
        lengths.append(seconds_of(tmp_path / name))
    assert lengths[0] - lengths[1] == pytest.approx(24, abs=1)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_fluidsynth_too(tmp_path, midi_samples, number):
    """A program of that name, which plays for ever, is gone when `play` is."""
    program, font, alive = tmp_path / "fluidsynth", tmp_path / "font.sf2", tmp_path / "alive"
    font.write_bytes(b"RIFF\0\0\0\0sfbk")
    program.write_text(
        f"#!{sys.executable}\nimport os, signal\nopen({str(alive)!r}, 'w').write(str(os.getpid()))\nsignal.pause()\n"
    )
    program.chmod(0o755)
    command = [
        sys.executable,
        "-m",
        "melodyrnn",
        "play",
        str(midi_samples / "ode_to_joy.mid"),
        "--soundfont",
        str(font),
    ]
    playing = subprocess.Popen(command, env=os.environ | {"PATH": str(tmp_path)}, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (alive.exists() and alive.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    playing.send_signal(number)
    assert playing.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(alive.read_text()), 0)
