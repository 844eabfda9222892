"""The search: every trial is kept, one stopped goes on, and what is not this search is refused."""

import itertools
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")
pytest.importorskip("optuna", reason="optuna is of the train extra")

from melodyrnn.corpus.augmentation import Augmentation
from melodyrnn.corpus.folder import Pieces
from melodyrnn.corpus.preparing import encoded
from melodyrnn.corpus.styles import Corpus
from melodyrnn.errors import OptionError, OutputError, TrainingError
from melodyrnn.music import Note, Song, Track
from melodyrnn.training import study, tuning
from melodyrnn.training.optimizers import OPTIMIZERS
from melodyrnn.training.tuning import COLUMNS, Search, draw_outcomes, open_study, outcomes, run_trials

SHORT = Search(events=16 * 48 * 4, validations=2)


def tune(random_seed: int) -> Song:
    steps = np.random.default_rng(random_seed).integers(-3, 4, 30)
    return Song((Track([Note(12 * i, 60 + int(step), 12, 78) for i, step in enumerate(steps)]),))


def corpus(pieces: int = 4) -> Corpus:
    songs = [encoded(tune(i)) for i in range(pieces)]
    return Corpus({"a": Pieces(songs[1:])}, {"a": Pieces(songs[:1])}, ("a",))


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "WIDTHS", (4, 8))


def test_trials_are_kept_and_gone_on_with(tmp_path: Path) -> None:
    music, told = corpus(), []
    run_trials(open_study(tmp_path / "s.sqlite", music, SHORT), music, SHORT, 2, told.append)
    run_trials(open_study(tmp_path / "s.sqlite", music, SHORT), music, SHORT, 1, told.append)
    found = outcomes(open_study(tmp_path / "s.sqlite", music, SHORT))
    assert [outcome.number for outcome in told] == [0, 1, 2]
    assert sorted(outcome.number for outcome in found) == [0, 1, 2]
    assert [outcome.bits_per_note for outcome in found] == sorted(outcome.bits_per_note for outcome in told)
    for outcome in found:
        assert outcome.state == "complete"
        assert set(outcome.settings) == set(COLUMNS)
        assert outcome.settings["hidden"] in (4, 8)
        assert len(str(outcome.settings["dropout"])) <= 4
        usual = OPTIMIZERS[outcome.settings["optimizer"]][1]
        assert 0.09 * usual < outcome.settings["learning_rate"] < 5.1 * usual
        assert min(outcome.curve.values()) == pytest.approx(outcome.bits_per_note, abs=1e-3)
    assert len({tuple(sorted(outcome.settings.items())) for outcome in found}) == 3
    draw_outcomes(found, tmp_path / "s.png")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_another_search_or_none_is_refused(tmp_path: Path) -> None:
    open_study(tmp_path / "s.sqlite", corpus(), SHORT)
    with pytest.raises(TrainingError, match=r"s\.sqlite: a search with music .* pieces .*, not .*; give another file"):
        open_study(tmp_path / "s.sqlite", corpus(5), SHORT)
    with pytest.raises(TrainingError, match="a search with --events 3072, not --minutes 2; give"):
        open_study(tmp_path / "s.sqlite", corpus(), Search())
    for name, other in (
        ("--evenness 0.5, not --evenness 1", {"evenness": 1.0}),
        ("--transpose, not --no-transpose", {"augmentation": Augmentation(False)}),
        ("--jitter 0, not --jitter 3", {"augmentation": Augmentation(jitter_pulses=3)}),
        ("--layers 1, not --layers 2", {"layers": 2}),
    ):
        with pytest.raises(TrainingError, match=f"a search with {name}; give another file"):
            open_study(tmp_path / "s.sqlite", corpus(), replace(SHORT, **other))
    with pytest.raises(TrainingError, match="a search with styles a, not styles b; give another file"):
        open_study(tmp_path / "s.sqlite", replace(corpus(), styles=("b",)), SHORT)
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to be one, at least " * 50)
    with pytest.raises(TrainingError, match=r"text\.sqlite: cannot be opened as a search") as caught:
        open_study(tmp_path / "text.sqlite", corpus(), SHORT)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["q?x=1.sqlite", "p%41.sqlite", "{x}.sqlite", "ö #1.sqlite"])
def test_a_file_of_any_name_is_the_one_that_is_made(tmp_path: Path, name: str) -> None:
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this system has no such names")
    (tmp_path / name).unlink()
    open_study(tmp_path / name, corpus(), SHORT)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(TrainingError, match="a search with --events"):
        open_study(tmp_path / name, corpus(), Search())


def test_a_length_that_is_none_is_refused_before_the_work() -> None:
    for length in ({"minutes": -1}, {"minutes": float("nan")}, {"events": -1}, {"evenness": float("nan")}):
        with pytest.raises(OptionError):
            Search(**length)


def full_disk(path: Path) -> "sqlite3.Connection":
    """As one that has no room for another page."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA max_page_count = 1")
    return connection


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = open_study(tmp_path / "s.sqlite", corpus(), SHORT)
    run_trials(there, corpus(), SHORT, 1)
    before = len(outcomes(there))
    monkeypatch.setattr(study, "_connect", full_disk)
    with pytest.raises(TrainingError, match=r"new\.sqlite: cannot be opened as a search \(database or disk is full\)$"):
        open_study(tmp_path / "new.sqlite", corpus(), SHORT)
    full = open_study(tmp_path / "s.sqlite", corpus(), SHORT)
    with (
        pytest.raises(OutputError, match=r"s\.sqlite: cannot be written \(database or disk is full\); the trials"),
        study.kept_in(tmp_path / "s.sqlite"),
    ):
        run_trials(full, corpus(), SHORT, 40)
    assert len(outcomes(full)) >= before
    assert [path.name for path in tmp_path.iterdir()] == ["s.sqlite"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_search_that_is_stopped_says_which_trial_it_was_in(tmp_path: Path, number: signal.Signals) -> None:
    clocks = itertools.count()

    def interrupting() -> float:
        if next(clocks) == 30:
            signal.raise_signal(number)
        return 0.0

    search = Search(events=16 * 48 * 20, validations=2)
    there = open_study(tmp_path / "s.sqlite", corpus(), search)
    told: list[tuning.Outcome] = []
    assert not run_trials(there, corpus(), search, 5, told.append, interrupting)
    assert [outcome.state for outcome in told][-1] == "stopped"
    assert [outcome.state for outcome in outcomes(there)] == ["complete"] * (len(told) - 1) + ["stopped"]
    draw_outcomes(outcomes(there), tmp_path / "s.png")
    assert run_trials(open_study(tmp_path / "s.sqlite", corpus(), search), corpus(), search, 1)


def test_one_that_fails_or_does_badly_does_not_end_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Run:
        """A run that goes as it was told: validations one after the other, or an error."""

        def __init__(self, curve: list[float]) -> None:
            self.curve, self.progress = curve, tuning.Progress()

        def run(self, report) -> None:  # type: ignore[no-untyped-def]
            for bits in self.curve:
                if bits != bits:
                    raise TrainingError("the loss became nan")
                self.progress.best = min(self.progress.best, bits)
                self.progress.history.append({"mean": bits})
                report(self.progress, 0.5)

    curves = itertools.chain([[9.0, 8.0, 7.0, 6.0 + i] for i in range(5)], [[float("nan")], [9.5, 9.4, 9.3, 1.0]])
    monkeypatch.setattr(tuning, "make_trainer", lambda *_, **__: Run(next(curves)))
    there = open_study(tmp_path / "s.sqlite", corpus(), SHORT)
    run_trials(there, corpus(), SHORT, 7)
    found = outcomes(there)
    assert [(outcome.state, outcome.number) for outcome in found] == [
        *(("complete", number) for number in range(5)),
        ("pruned", 6),
        ("failed", 5),
    ]
    assert found[5].curve == {1: 9.5, 2: 9.4, 3: 9.3}
    draw_outcomes(found, tmp_path / "s.png")
