"""`melodyrnn tune`: a table, a picture, and the command of the best; and no more than one line where it cannot."""

import json
import shlex
import shutil

import pytest

pytest.importorskip("torch", reason="torch is the train extra")
pytest.importorskip("optuna", reason="optuna is of the train extra")

from melodyrnn.training import tuning


@pytest.fixture
def tunes(tmp_path, midi_samples, monkeypatch):
    monkeypatch.setattr(tuning, "WIDTHS", (4, 8))
    folder = tmp_path / "tunes"
    folder.mkdir()
    for name in ("ode_to_joy", "silent_night", "amazing_grace"):
        shutil.copy(midi_samples / f"{name}.mid", folder)
    return folder


def test_a_search_that_is_gone_on_with(run, tmp_path, tunes):
    outcome = run("tune", tunes, "-o", "s.sqlite", "--trials", 2, "--events", 1000)
    assert (outcome.exit_code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("tunes: 2 pieces, ")
    assert [line[:11] for line in lines[1:3]] == ["trial   0  ", "trial   1  "]
    assert f"melodyrnn train {tunes} -o mine.safetensors --layers 1 --optimizer " in lines[-1]
    assert (tmp_path / "s.png").is_file()
    again = json.loads(run("tune", tunes, "-o", "s.sqlite", "--trials", 1, "--events", 1000, "--json").out)
    assert sorted(trial["number"] for trial in again["trials"]) == [0, 1, 2]
    bits = [trial["bits_per_note"] for trial in again["trials"]]
    assert bits == sorted(bits)


def test_the_command_of_the_best_trains_as_it_was_trained(run, tmp_path, tunes):
    spaced = tmp_path / "my tunes"
    tunes.rename(spaced)
    heard = (
        "--jitter",
        2,
        "--no-transpose",
        "--held-out",
        0.5,
        "--one-style",
        "--valid",
        spaced,
        "--limits",
        "notes=99",
    )
    outcome = run("tune", spaced, "-o", "s.sqlite", "--trials", 1, "--events", 500, *heard)
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert "holds 1 trial, the best first" in outcome.out
    command = shlex.split(outcome.out.splitlines()[-1])
    assert command[:3] == ["melodyrnn", "train", str(spaced)]
    for option, value in (("--jitter", "2"), ("--held-out", "0.5"), ("--valid", str(spaced)), ("--limits", "notes=99")):
        assert command[command.index(option) + 1] == value
    assert {"--no-transpose", "--one-style"} <= set(command)
    assert "--evenness" not in command
    trained = run(*command[1:], "--events", 64)
    assert trained.exit_code == 0
    other = run("tune", spaced, "-o", "s.sqlite", "--trials", 1, "--events", 500, *heard, "--evenness", 1)
    assert "s.sqlite: a search with --evenness 0.5, not --evenness 1; give another file" in other.err


def test_what_a_file_may_ask_for_is_limited_as_in_training(run, tunes):
    outcome = run("tune", tunes, "-o", "s.sqlite", "--trials", 1, "--events", 500, "--limits", "notes=50")
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert "ode_to_joy.mid: 62 notes; at most 50 are read" in outcome.out


def test_what_cannot_be_a_search_is_one_line(run, tmp_path, tunes):
    (tmp_path / "notes.txt").write_text("buy milk\n" * 500)
    for arguments, reason in (
        (("-o", "notes.txt"), "error: notes.txt: cannot be opened as a search ("),
        (("-o", "s.png"), "error: s.png: this name is taken by the picture"),
        (("-o", "nowhere/s.sqlite"), "error: nowhere"),
        (("-o", "s.sqlite", "--held-out", 1), "error: --held-out 1: must be above 0 and below 1"),
        (("-o", "s.sqlite", "--minutes", -1), "error: minutes -1: must be above 0, and finite"),
        (("-o", "s.sqlite", "--minutes", "nan"), "error: minutes nan: must be above 0, and finite"),
    ):
        outcome = run("tune", tunes, "--events", 1000, *arguments)
        assert outcome.exit_code in (1, 2)
        assert outcome.err.startswith(reason)
        assert outcome.err.count("\n") == 1
    assert not (tmp_path / "s.sqlite").exists()
    assert (tmp_path / "notes.txt").read_text() == "buy milk\n" * 500
