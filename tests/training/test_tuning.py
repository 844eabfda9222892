"""The search: every trial is kept, one stopped goes on, and what is not this search is refused."""

import itertools
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")
pytest.importorskip("optuna", reason="optuna is of the train extra")

from melodyrnn.errors import TrainingError
from melodyrnn.music import Note, Song, Track
from melodyrnn.training import tuning
from melodyrnn.training.corpus import Corpus
from melodyrnn.training.folder import Pieces
from melodyrnn.training.optimizers import OPTIMIZERS
from melodyrnn.training.preparing import encoded
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
    with pytest.raises(TrainingError, match="a search with length 3072 events, not 2 minutes"):
        open_study(tmp_path / "s.sqlite", corpus(), Search())
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to be one, at least " * 50)
    with pytest.raises(TrainingError, match=r"text\.sqlite: cannot be opened as a search") as caught:
        open_study(tmp_path / "text.sqlite", corpus(), SHORT)
    assert "\n" not in str(caught.value)


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
    study = open_study(tmp_path / "s.sqlite", corpus(), SHORT)
    run_trials(study, corpus(), SHORT, 7)
    found = outcomes(study)
    assert [(outcome.state, outcome.number) for outcome in found] == [
        *(("complete", number) for number in range(5)),
        ("pruned", 6),
        ("failed", 5),
    ]
    assert found[5].curve == {1: 9.5, 2: 9.4, 3: 9.3}
    draw_outcomes(found, tmp_path / "s.png")
