"""The plugin as CLAP, in a CLAP host in C: the same notes as in LV2."""

import subprocess
import sys
from pathlib import Path

import pytest
from plugin.conftest import PATTERN_ENGINE
from plugin.rolls import expected_starts, sounded, starts

from melodyrnn.plugin.build import SOURCE, compiler
from melodyrnn.plugin.bundle import BINARIES, write_bundle

HOST = Path(__file__).with_name("clap_host.c")
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
def play(clap_host, binary, tmp_path, bundle):
    """Plays so many frames of a song in blocks of a size -> the messages."""
    folder = tmp_path / "melodyrnn"
    folder.mkdir()
    write_bundle(folder, "clap", binary, [sys.executable, str(PATTERN_ENGINE)])

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


def test_a_host_without_a_song_gets_no_music(play):
    assert play(512, 8 * QUARTER, "null") == []
