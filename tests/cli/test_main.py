"""The way in: help, errors, interruption, and what starting costs."""

import subprocess
import sys

import pytest

from melodyrnn import __version__
from melodyrnn.cli.main import COMMANDS, commands


def test_help_lists_every_command(run):
    for arguments in (["--help"], ["-h"], []):
        outcome = run(*arguments)
        assert outcome.exit_code == 0
        assert all(f"  {name} " in outcome.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(run, name):
    outcome = run(name, "--help")
    assert outcome.exit_code == 0
    assert f"  melodyrnn {name}" in outcome.out.split("Examples:")[1]


def test_version(run):
    assert run("--version").out == f"melodyrnn {__version__}\n"


@pytest.mark.parametrize("arguments", [["compose"], ["--verbose"], ["evaluate"], ["ports", "twice"]])
def test_a_wrong_call_is_one_line(run, arguments):
    outcome = run(*arguments)
    assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith("error: ")


def test_an_unknown_command_is_told_the_known(run):
    assert run("compose").err == f"error: no such command 'compose': there are {', '.join(COMMANDS)}\n"


def test_ctrl_c(run, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "invoke", interrupt)
    outcome = run("models")
    assert (outcome.exit_code, outcome.err) == (130, "error: interrupted\n")


def test_importing_the_command_line_loads_no_heavy_library():
    heavy = "{'torch', 'numpy', 'mido', 'pretty_midi', 'symusic', 'rich', 'safetensors'}"
    code = f"import melodyrnn.cli.main, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs head")
def test_a_reader_that_stops_reading_is_no_error():
    # More output than a pipe holds would block, so the pipe is closed before the command has begun to write.
    command = f"{sys.executable} -c 'import time; time.sleep(1); from melodyrnn.cli.main import main; main([])'"
    done = subprocess.run(["bash", "-c", f"{command} | true"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")


def test_python_dash_m():
    done = subprocess.run([sys.executable, "-m", "melodyrnn", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"melodyrnn {__version__}\n"
