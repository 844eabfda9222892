"""The way in: help, errors, interruption, and what starting costs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
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


@pytest.mark.parametrize("name", ["generate", "live"])
def test_every_option_is_listed_once_under_the_title_of_its_group(run, name):
    command = commands.get_command(None, name)
    shown = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    said, titles = run(name, "--help").out, {command.group_of(option) for option in shown}
    assert "Other" not in titles
    sections = said.partition("Examples:")[0].split("\n\n")
    for option in shown:
        listed = [text for text in sections if re.search(rf"^  (-\w, )?{option.opts[-1]}\b", text, re.MULTILINE)]
        assert [text.strip().partition(":")[0] for text in listed] == [command.group_of(option)]


def test_version(run):
    assert run("--version").out == f"melodyrnn {__version__}\n"


@pytest.mark.parametrize("arguments", [["compose"], ["--verbose"], ["evaluate"], ["ports", "twice"]])
def test_a_wrong_call_is_one_line(run, arguments):
    outcome = run(*arguments)
    assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith("error: ")


def test_an_unknown_command_is_told_the_known(run):
    known = f"there are {', '.join(COMMANDS)}"
    for name, guess in (
        ("xyz", ""),
        ("compose", "generate"),
        ("genrate", "generate"),
        ("Info", "inspect"),
        ("tra", "train"),
        ("song.mid", "generate song.mid"),
    ):
        expected = f"error: no such command {name!r}: {f'did you mean {guess}? ' if guess else ''}{known}\n"
        assert run(name).err == expected


@pytest.mark.parametrize(
    ("option", "meant"),
    [("--bpm", "--tempo"), ("--length", "--bars"), ("--tempp", "--tempo"), ("--Temperature", "--temperature")],
)
def test_an_unknown_option_is_told_the_one_that_was_meant(run, option, meant):
    outcome = run("generate", option, "1")
    assert (outcome.exit_code, outcome.err) == (2, f"error: no such option {option}: did you mean {meant}?\n")


def test_options_that_no_other_stands_for(run):
    assert run("generate", "--swing", "60").err.startswith("error: no such option --swing: new notes swing as the seed")
    assert run("ports", "--xyz").err == "error: no such option --xyz: melodyrnn ports --help lists them\n"
    assert run("--xyz").err == "error: no such option --xyz: melodyrnn --help lists them\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(run, shell):
    outcome = run("completion", shell)
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert f"_MELODYRNN_COMPLETE={shell}_complete" in outcome.out
    assert run("completion", "tcsh").exit_code == 2


def test_the_shell_in_use_is_the_default(run, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert run("completion").out == run("completion", "fish").out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert run("completion").err == "error: name the shell: one of bash, zsh, fish\n"


@pytest.mark.parametrize(("words", "expected"), [("melodyrnn in", "inspect"), ("melodyrnn generate --tem", "--tempo")])
def test_a_shell_that_asks_is_answered(run, monkeypatch, words, expected):
    monkeypatch.setenv("_MELODYRNN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    outcome = run()
    assert outcome.exit_code == 0
    assert f"plain,{expected}" in outcome.out.splitlines()


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


def run_into(output: int, *arguments: str) -> tuple[int, str]:
    """The exit code, and what stderr says, of a `melodyrnn` that prints into a file descriptor."""
    command = [sys.executable, "-m", "melodyrnn", *arguments]
    done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    os.close(output)
    return done.returncode, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes there break in another way")
def test_a_reader_that_stops_reading_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    assert run_into(writing, "models") == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_an_output_that_is_full_is_one_line():
    exit_code, said = run_into(os.open("/dev/full", os.O_WRONLY), "models")
    assert (exit_code, said.count("\n")) == (1, 1)
    assert said.startswith("error: ")


def test_without_a_stdout_the_work_is_done_all_the_same(midi_samples, tmp_path):
    seed, out = midi_samples / "ode_to_joy.mid", tmp_path / "x.mid"
    arguments = ["generate", "--seed", str(seed), "--bars", "1", "-o", str(out)]
    code = f"import sys; sys.stdout = sys.stderr = None; from melodyrnn.cli.main import main; main({arguments!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.is_file()


def test_python_dash_m():
    done = subprocess.run([sys.executable, "-m", "melodyrnn", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"melodyrnn {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("generate -o a.mid -o b.mid", "-o: given 2 times"),
        ("generate --bars 3 --bars=4", "--bars: given 2 times"),
        ("generate --with-seed --without-seed", "--with-seed and --without-seed: given 2 times"),
        ("generate --density 1 --density 2", "--density: given 2 times"),
        ("generate --range seed --range free", "--range: given 2 times"),
        ("live --tempo 90 --tempo 100 --tempo 110", "--tempo: given 3 times"),
        ("plugin install --to a --to b", "--to: given 2 times"),
    ],
)
def test_an_option_given_twice_is_refused_where_one_value_would_be_lost(run, arguments, says):
    outcome = run(*arguments.split())
    assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith(f"error: {says}")


def test_a_flag_may_come_twice(run, tmp_path):
    assert "given" not in run("generate", "none.mid", "--overwrite", "--overwrite", "-o", "x.mid").err
