"""`melodyrnn live` played by FluidSynth: what there is to hear."""

import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

SOUNDFONTS = ("TimGM6mb.sf2", "FluidR3_GM.sf2", "default-GM.sf2")
HOP_SECONDS = 0.005
RISE_DECIBELS = 4
SOON = 8  # hops: an onset is heard within so many of its note


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


def rises(samples: np.ndarray, hop: int) -> np.ndarray:
    """By how many decibels each stretch of `hop` samples is louder than the softest of the four before it."""
    attack = np.diff(samples.astype(float))  # favours what is high, as attacks are
    power = (attack[: len(attack) // hop * hop].reshape(-1, hop) ** 2).mean(1)
    level = np.concatenate([np.full(4, -100.0), 10 * np.log10(power + 1e-10)])
    before = np.min([level[4 - lag : len(level) - lag] for lag in range(1, 5)], axis=0)
    return level[4:] - before


def test_the_synthesizer_sounds_when_notes_are_sent_and_not_otherwise(stage, synth):
    recorder = stage.record("--audio", "sound.f32=synth:left", "in")
    live = stage.live("--virtual", "melodyrnn", "--style", "drums", "--tempo", "90", "--random-seed", "6")
    stage.connect("melodyrnn:melodyrnn", "synth:midi_00")
    stage.connect("melodyrnn:melodyrnn", "recorder:in")
    stage.wait_until(lambda: len(recorder.onsets) > 30, "some notes")
    assert live.end(signal.SIGINT) == 0, live.output
    recorder.end()

    samples = np.fromfile(stage.folder / "sound.f32", "<f4")
    started = re.search(r"sound from frame (\d+)", recorder.output)
    assert started
    assert np.abs(samples).max() > 0.01, "silence"
    hop = round(HOP_SECONDS * stage.rate)
    loud = rises(samples, hop) > RISE_DECIBELS
    sent = sorted({(message.frame - int(started[1])) // hop for message in recorder.onsets})
    heard = [at for at in sent if loud[max(at - 1, 0) : at + SOON].any()]
    assert len(heard) >= 0.9 * len(sent), f"{len(heard)} of {len(sent)} onsets are heard"
    starts = [start for start in np.flatnonzero(loud[1:] & ~loud[:-1]) + 1 if start >= sent[0]]
    of_a_note = [start for start in starts if any(at - 1 <= start <= at + SOON for at in sent)]
    assert len(of_a_note) >= 0.8 * len(starts), f"{len(of_a_note)} of {len(starts)} onsets that are heard were sent"
