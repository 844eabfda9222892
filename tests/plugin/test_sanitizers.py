"""The plugin under the sanitizers, and with hooks that end the program when the audio thread may have to wait."""

import subprocess
from pathlib import Path

import pytest

from melodyrnn.errors import PluginError
from melodyrnn.plugin.build import build

HARNESS = Path(__file__).with_name("harness.c")
WRAPPED = "pthread_mutex_lock pthread_cond_signal nanosleep clock_gettime fopen close kill waitpid"
WAYS = {
    "address": ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "thread": ["-g", "-fsanitize=thread", "-Wno-error=tsan"],
    "hooks": ["-DHOOKS", *(f"-Wl,--wrap={name}" for name in WRAPPED.split())],
}


@pytest.fixture(scope="module", params=WAYS)
def harness(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness, built one way. Skips where the compiler cannot."""
    target: Path = tmp_path_factory.mktemp("harness") / request.param
    try:
        build(target, WAYS[request.param], [HARNESS])
    except PluginError as error:
        pytest.skip(f"cannot be built here: {error}")
    return target


def run(*command: object) -> str:
    """What a program prints. Fails if the program does."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return done.stdout


def test_the_core_survives_anything_and_pays_every_note(harness):
    notes, _, hang = run(harness, "-", 6_000).partition(" notes, ")
    assert int(notes) > 100
    assert hang == "0 hang\n"


def test_the_plugin_in_a_host_of_several_threads(harness, bundle):
    notes, _, hang = run(harness, bundle, 1_000).partition(" notes, ")
    assert int(notes) > 100
    assert hang == "0 hang\n"


def test_the_hooks_see_what_they_watch_for(tmp_path):
    """The core with a nap in its block: the program that must not pass does not."""
    spoilt = tmp_path / "spoilt.c"
    spoilt.write_text(HARNESS.read_text().replace("core_end(core);", "core_end(core); nap(0.001);", 1))
    target = tmp_path / "spoilt"
    try:
        build(target, WAYS["hooks"], [spoilt])
    except PluginError as error:
        pytest.skip(f"cannot be built here: {error}")
    done = subprocess.run([target, "-", "10"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (3, "the audio thread calls nanosleep\n")
