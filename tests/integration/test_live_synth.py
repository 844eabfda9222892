"""`melodyrnn live` played by FluidSynth: what there is to hear."""

import math
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

SOUNDFONTS = ("TimGM6mb.sf2", "FluidR3_GM.sf2", "default-GM.sf2")
OVERTONES = range(2, 7)  # the first lies too near that of a neighbour to be told from it in so short a time
WINDOW_SECONDS, ATTACK_SECONDS, APART_SECONDS = 0.06, 0.005, 0.13
NOTES = 10
HEARD_DECIBELS = 8  # a note that is struck rises by 15 to 65, one that sounds on by less than 0


@pytest.fixture
def synth(stage):
    """FluidSynth, with no other sound than that of its notes."""
    found = [path for name in SOUNDFONTS if (path := Path("/usr/share/sounds/sf2") / name).exists()]
    if shutil.which("fluidsynth") is None or not found:
        pytest.skip("not installed: fluidsynth, or a General MIDI sound font in /usr/share/sounds/sf2")
    settings = {
        "audio.driver": "jack",
        "audio.jack.id": "synth",
        "midi.driver": "jack",
        "midi.jack.id": "synth",
        "midi.autoconnect": 0,
        "synth.sample-rate": stage.rate,
        "synth.reverb.active": 0,
        "synth.chorus.active": 0,
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    stage.run(["fluidsynth", "-q", *options, str(found[0])])
    stage.wait_for_port("synth:midi_00")
    stage.wait_for_port("synth:left")


def strength(samples: np.ndarray, rate: int, pitch: int, start: int) -> float:
    """The power of the overtones of a pitch in WINDOW_SECONDS from a sample on."""
    length = round(WINDOW_SECONDS * rate)
    part = samples[start : start + length] * np.hanning(length)
    frequencies = 440 * 2 ** ((pitch - 69) / 12) * np.array(OVERTONES)
    waves = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(length) / rate))
    return float((np.abs(waves @ part) ** 2).sum()) + 1e-9


def rise(samples: np.ndarray, rate: int, pitch: int, start: int) -> float:
    """By how many decibels a pitch is louder after a sample than before it."""
    before = strength(samples, rate, pitch, start - round(WINDOW_SECONDS * rate))
    return 10 * math.log10(strength(samples, rate, pitch, start + round(ATTACK_SECONDS * rate)) / before)


def alone(recorder, rate: int) -> list[tuple[int, int]]:
    """Frame and pitch of the notes that came at some distance from every other, and that the one before does not sound
    like: not the same pitch or an octave of it. But for the first, and the last."""
    notes, apart = [(message.frame, message.data[1]) for message in recorder.onsets], APART_SECONDS * rate
    return [
        (frame, pitch)
        for (before, last), (frame, pitch), (after, _) in zip(notes, notes[1:], notes[2:], strict=False)
        if frame - before > apart and after - frame > apart and (pitch - last) % 12
    ]


def test_each_note_is_heard_when_it_is_sent_and_not_before_or_after(stage, synth):
    recorder = stage.record("--audio", "sound.f32=synth:left", "in")
    live = stage.live("--virtual", "melodyrnn", "--style", "folk", "--tempo", "80", "--random-seed", "3")
    stage.connect("melodyrnn:melodyrnn", "synth:midi_00")
    stage.connect("melodyrnn:melodyrnn", "recorder:in")
    stage.wait_until(lambda: len(alone(recorder, stage.rate)) >= NOTES, f"{NOTES} notes at a distance", seconds=90)
    assert live.end(signal.SIGINT) == 0, live.output
    recorder.end()

    samples = np.fromfile(stage.folder / "sound.f32", "<f4")
    started = re.search(r"sound from frame (\d+)", recorder.output)
    assert started
    assert np.abs(samples).max() > 0.01, "silence"
    near = round(0.75 * APART_SECONDS * stage.rate)
    for frame, pitch in alone(recorder, stage.rate):
        at = frame - int(started[1])
        assert rise(samples, stage.rate, pitch, at) > HEARD_DECIBELS
        for other in (at - near, at + near):
            assert rise(samples, stage.rate, pitch, other) < HEARD_DECIBELS
