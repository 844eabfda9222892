"""The plugin as CLAP: the same notes as in LV2, in a host in C, and what CLAP's hosts ask beside them."""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from plugin.conftest import PATTERN_ENGINE
from plugin.rolls import expected_starts, sounded, starts

from melodyrnn.plugin.build import SOURCE, compiler
from melodyrnn.plugin.bundle import BINARIES, ENGINE_FILE, MODELS_FILE, write_bundle
from melodyrnn.plugin.clap_host import ClapHost
from melodyrnn.plugin.parameters import NUMBERS, PARAMETERS

HOST = Path(__file__).with_name("clap_host.c")
RECORDING_ENGINE = Path(__file__).with_name("recording_engine.py")
PATIENCE_SECONDS = 20
QUARTER = 24000  # frames at 120 bpm and 48 kHz


@pytest.fixture(scope="module")
def clap_host(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The host."""
    target = tmp_path_factory.mktemp("clap") / "host"
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]
    command = [*compiler(), *strict, f"-I{SOURCE}", str(HOST), "-o", str(target), "-ldl", "-lm"]
    subprocess.run(command, check=True)
    return target


@pytest.fixture
def folder(binary, model, tmp_path, bundle):
    """The plugin with an engine that plays the pattern, and a folder of models."""
    folder = tmp_path / "melodyrnn"
    folder.mkdir()
    write_bundle(folder, "clap", binary, [sys.executable, str(PATTERN_ENGINE)])
    (folder / MODELS_FILE).write_text(f"{model.parent}\n")
    return folder


@pytest.fixture
def play(clap_host, folder):
    """Plays so many frames of a song in blocks of a size -> the messages."""

    def run(block, frames, how):
        command = [clap_host, folder / BINARIES["clap"], "48000", str(block), str(frames), how]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        lines = [list(map(int, line.split())) for line in done.stdout.splitlines()]
        return [(frame, bytes(data)) for frame, *data in lines]

    return run


@pytest.mark.parametrize("block", [32, 1000, 8192])
def test_every_note_is_on_its_frame(play, block):
    played = sounded(play(block, 9 * QUARTER, "beats"))
    assert starts(played) == list(expected_starts(0, 2, 0, metre=(3, 4)))


@pytest.mark.parametrize("how", ["seconds", "nothing"])
def test_a_host_without_beats_has_the_song_begin_with_its_first_second(play, how):
    played = sounded(play(512, 8 * QUARTER, how))
    assert starts(played) == list(expected_starts(0, 1, 0))


def test_a_model_is_chosen_among_those_in_the_folder_and_saved(folder, model):
    (model.parent / "notes.txt").touch()
    with ClapHost(folder) as host:
        assert host.value("model_file") == 0
        host.run(64, model=str(model))
        assert host.value("model_file") == 1
        saved = host.save()
    assert str(model).encode() in saved
    with ClapHost(folder) as host:
        assert host.restore(saved)
        assert host.value("model_file") == 1
        assert host.restore(saved.replace(str(model).encode(), str(model).encode()[:-1] + b"?"))
        assert host.value("model_file") == 2  # none of the folder, but that of the project
        assert b"?" in host.save()


def test_bypass_is_saved(folder):
    with ClapHost(folder) as host:
        host.set("enabled", 0)
        host.run(1)
        saved = host.save()
    with ClapHost(folder) as host:
        assert host.restore(saved)
        assert host.value("bypass") == 1


def test_a_project_that_was_saved_with_a_button_down_does_not_press_it(folder, tmp_path):
    log = tmp_path / "told"
    (folder / ENGINE_FILE).write_text(f"{sys.executable}\n{RECORDING_ENGINE}\n{log}\n")
    with ClapHost(folder) as host:
        until = time.monotonic() + PATIENCE_SECONDS
        while host.text != "recording" and time.monotonic() < until:
            host.run(64)
            time.sleep(0.01)
        host.run(64)
        host.set("again", 1)
        host.run(64)
        saved = host.save()
        host.set("again", 0)
        host.run(64)
        host.restore(saved)
        host.run(64)
        host.set("density", 2)
        host.run(64)
        while "'GIVEN'" not in log.read_text() or log.read_text().splitlines()[-1][:9] != "['PARAMET":
            assert time.monotonic() < until
            time.sleep(0.01)
    rows = [ast.literal_eval(line) for line in log.read_text().splitlines()]
    pressed = [row for row in rows if row[0] == "PARAMETER" and row[6] == NUMBERS["again"]]
    assert len(pressed) == 1


def test_the_host_is_told_what_the_engine_says(folder):
    with ClapHost(folder) as host:
        until = time.monotonic() + PATIENCE_SECONDS
        while not any("process" in line for line in host.logged) and time.monotonic() < until:
            host.run(64)
            time.sleep(0.01)
        assert host.text == host.logged[-1]
        assert host.text.startswith("process ")


def test_the_scanner_of_a_host_that_others_made_reads_it(folder):
    scanners = [*Path("/usr/lib").glob("*/qtractor/qtractor_plugin_scan")]
    if not scanners:
        pytest.skip("not installed: qtractor")
    said = subprocess.run(
        [scanners[0]],
        input=f"CLAP:{folder / BINARIES['clap']}\n",
        capture_output=True,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
        check=False,
    ).stdout
    name, *ports = said.split("|")[1:5]
    assert (name, ports) == ("melodyrnn", ["0:0", "1:1", f"{len(PARAMETERS) + 2}:2"])


def test_a_host_without_a_song_gets_no_music(play):
    assert play(512, 8 * QUARTER, "null") == []
