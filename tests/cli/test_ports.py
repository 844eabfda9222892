"""`melodyrnn ports` and `melodyrnn doctor`, with whatever MIDI system the machine has, or none."""

import json

import pytest

from melodyrnn import api
from melodyrnn.cli import doctor
from melodyrnn.errors import PortError
from melodyrnn.live import timing
from melodyrnn.ports import devices


@pytest.fixture
def short(monkeypatch, small_model):
    """A check-up of a small model that takes a moment."""
    monkeypatch.setattr(doctor, "SECONDS", 0.05)
    monkeypatch.setattr(timing, "EVENTS", 10)
    whole = api.load_model
    monkeypatch.setattr(api, "load_model", lambda: whole(small_model))


@pytest.fixture
def no_midi(monkeypatch):
    def nothing() -> None:
        raise PortError("no MIDI system answers on this machine")

    monkeypatch.setattr(devices._system, "get", nothing)


def test_ports_are_told_or_why_there_are_none(run):
    outcome = run("ports", "--json")
    found = json.loads(outcome.out)
    if outcome.exit_code:
        assert outcome.err == f"error: {found['error']}\n"
    else:
        assert set(found) == {"system", "inputs", "outputs"}


def test_ports_without_a_midi_system_is_one_line(run, no_midi):
    error = "no MIDI system answers on this machine"
    assert run("ports") == (1, "", f"error: {error}\n")
    outcome = run("ports", "--json")
    assert json.loads(outcome.out) == {"system": None, "inputs": [], "outputs": [], "error": error}
    assert outcome.exit_code == 1


def test_a_check_up_measures_the_machine(run, short):
    outcome = run("doctor", "--json")
    assert (outcome.exit_code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    for times in (found["model"], found["lateness"]["idle"], found["lateness"]["under_load"]):
        assert 0 < times["median_ms"] <= times["p99_ms"] <= times["max_ms"]
    assert found["model"]["notes_a_second"] > 0
    assert found["note"]["sent"] == (found["midi"]["system"] is not None)
    assert found["next"]


def test_a_check_up_without_midi_says_what_to_do(run, short, no_midi):
    outcome = run("doctor")
    assert "sound:   " in outcome.out
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert "MIDI:    no MIDI system answers" in outcome.out
    assert "next:\n  " in outcome.out


def test_a_port_that_is_asked_for_and_takes_no_note_is_a_failure(run, short):
    outcome = run("doctor", "--port", "no such port")
    assert outcome.exit_code == 1
    assert "note:    not sent (no MIDI " in outcome.out
