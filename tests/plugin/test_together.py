"""The plugin and its real engine in a host that writes a file: the notes of live playing, on their frames."""

import time
from pathlib import Path

import pytest

from melodyrnn.generation.library import load_model
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.settings import Settings
from melodyrnn.plugin.bundle import FOLDERS, MODELS_FILE, engine_command, write_bundle
from melodyrnn.plugin.install import FORMATS, HOSTS
from melodyrnn.plugin.parameters import STYLES
from melodyrnn.plugin.protocol import Status

ROOT = Path(__file__).parents[2]
PULSE = 1000  # frames at 120 bpm and 48 kHz
BAR = 96 * PULSE
SECONDS = 60


@pytest.fixture(params=FORMATS)
def new_host(binary, model, tmp_path, monkeypatch, request):
    """Makes hosts that write a file, with the engine that is installed for users, in each format."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / FOLDERS[request.param]
    folder.mkdir()
    write_bundle(folder, request.param, binary, engine_command())
    (folder / MODELS_FILE).write_text(f"{model.parent}\n")  # for a format in which no file can be named
    hosts = []

    def make(**parameters: float):
        host = HOSTS[request.param](folder)
        hosts.append(host)
        for symbol, value in parameters.items():
            host.set(symbol, value)
        host.offline = True
        return host

    yield make
    for host in hosts:
        host.close()


def live(style: str, random_seed: int, bars: int) -> list[tuple[int, int, int, int]]:
    """(pulse, channel, pitch, velocity) of the notes of live playing."""
    model = load_model(style)
    source = ModelComposer(lambda _: model, Settings(style), random_seed)
    found = []
    while (passage := source.compose()).until < bars * 96:
        found += passage.notes
    return [(note.onset_pulses, note.channel, note.pitch, note.velocity) for note in found]


def begins(messages, start: int = 0) -> list[tuple[float, int, int, int]]:
    """(pulse, channel, pitch, velocity) of the note-ons, by frame from `start` on."""
    return [
        ((frame - start) / PULSE, data[0] & 15, data[1], data[2]) for frame, data in messages if data[0] & 0xF0 == 0x90
    ]


def test_every_note_of_live_playing_is_on_its_frame_also_when_the_song_goes_back(new_host):
    host, golden = new_host(random_seed=3), live("folk", 3, 6)
    host.go(speed=1.0)
    assert begins(host.play(6 * BAR)) == golden
    start = host.frame
    host.go(bar=2, beat=0.0)
    back = [(pulse + 2 * 96, *note) for pulse, *note in begins(host.play(3 * BAR), start)]
    assert back == [note for note in golden if 2 * 96 <= note[0] < 5 * 96]
    assert host.late_bars == 0


def test_what_is_asked_for_a_moment_before_the_song_starts_is_what_plays(new_host):
    host, other = new_host(random_seed=3), new_host(random_seed=3, register=2)
    host.go(speed=1.0)
    host.play(BAR)
    host.go(speed=0.0)
    host.run(512)
    host.set("register", 2)
    host.run(512)
    start = host.frame
    for each in (host, other):
        each.go(bar=0, beat=0.0, speed=1.0)
    assert begins(host.play(2 * BAR), start) == begins(other.play(2 * BAR))
    host.set("register", 0)  # from the next bar on, whatever the block
    start = host.frame
    messages = host.play(2 * BAR, 64)
    changed, as_before = begins(messages, start), [note for note in live("folk", 3, 4) if note[0] >= 3 * 96]
    assert [(pulse + 2 * 96, *note) for pulse, *note in changed if pulse >= 96] == as_before


def test_instances_of_one_random_seed_are_an_ensemble(new_host):
    song = STYLES.index("song")
    golden = live("song", 4, 3)
    parts = sorted({channel + 1 for _, channel, *_ in golden})
    assert len(parts) > 1
    together = []
    for part in parts:
        host = new_host(style=song, random_seed=4, part=part)
        host.go(speed=1.0)
        together += begins(host.play(3 * BAR))
    assert sorted(together) == sorted(golden)


def test_a_project_whose_model_is_missing_is_silent_and_says_so_until_it_is_there(new_host, model):
    host = new_host(density=2, random_seed=3)
    host.run(64, model=str(model))
    host.go(speed=1.0)
    played = begins(host.play(3 * BAR), 64)
    assert played
    saved = host.save()
    moved = model.rename(model.with_suffix(".away"))
    try:
        opened = new_host(density=2, random_seed=3)
        opened.restore(saved)
        opened.go(speed=1.0)
        assert begins(opened.play(3 * BAR)) == []
        assert opened.status == Status.MODEL_MISSING
        assert model.name in opened.text
    finally:
        moved.rename(model)
    again = new_host(density=2, random_seed=3)
    again.restore(saved)
    again.go(speed=1.0)
    assert begins(again.play(3 * BAR)) == played


def test_a_captured_phrase_is_saved_with_the_project(new_host):
    host = new_host(capture=1, random_seed=3, stay=0)
    host.go(speed=1.0)
    host.play(64)
    for pitch in (60, 64, 67, 72, 67, 64):
        host.run(6 * PULSE, [(0, bytes((0x90, pitch, 90))), (5 * PULSE, bytes((0x80, pitch, 0)))])
    host.play(2 * BAR)
    until = time.monotonic() + SECONDS
    while "6 captured notes" not in host.text and time.monotonic() < until:
        host.run(64)
        time.sleep(0.01)
    saved = host.save()
    heard = []
    for _ in range(2):
        opened = new_host(capture=1, random_seed=3, stay=0)
        opened.restore(saved)
        opened.go(speed=1.0)
        heard.append(begins(opened.play(3 * BAR)))
        assert "6 captured notes" in opened.text
    assert heard[0] == heard[1] != live("folk", 3, 3)
