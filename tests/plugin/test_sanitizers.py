"""The plugin under the sanitizers, and with hooks that end the program when the audio thread may have to wait."""

import subprocess
from pathlib import Path

import pytest

from melodyrnn.errors import PluginError
from melodyrnn.plugin.build import build
from melodyrnn.plugin.bundle import FOLDERS

HARNESS = Path(__file__).with_name("harness")
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
        build(target, [f"-I{HARNESS}", *WAYS[request.param]], sorted(HARNESS.glob("*.c")))
    except PluginError as error:
        pytest.skip(f"cannot be built here: {error}")
    return target


def run(*command: object) -> str:
    """What a program prints. Fails if the program does."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return done.stdout


def test_the_core_survives_anything_and_pays_every_note(harness):
    notes, _, hang = run(harness, "core", "-", 6_000).partition(" notes, ")
    assert int(notes) > 100
    assert hang == "0 hang\n"


@pytest.mark.parametrize("form", FOLDERS)
def test_the_plugin_in_a_host_of_several_threads(harness, bundle, form):
    notes, _, hang = run(harness, form, bundle, 1_000).partition(" notes, ")
    assert int(notes) > 100
    assert hang == "0 hang\n"


def test_the_hooks_see_what_they_watch_for(tmp_path):
    """The core with a nap in its block: the program that must not pass does not."""
    sources = [tmp_path / path.name for path in HARNESS.glob("*.c")]
    for source in sources:
        text = (HARNESS / source.name).read_text()
        source.write_text(text.replace("core_end(core);", "core_end(core); nap(0.001);", 1))
    target = tmp_path / "spoilt"
    try:
        build(target, [f"-I{HARNESS}", *WAYS["hooks"]], sources)
    except PluginError as error:
        pytest.skip(f"cannot be built here: {error}")
    done = subprocess.run([target, "core", "-", "10"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (3, "the audio thread calls nanosleep\n")
