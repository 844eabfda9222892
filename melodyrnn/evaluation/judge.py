"""The judge: a set of generated pieces beside a set of real ones, each figure beside what real music itself reaches.

What "real" reaches is measured the same way, with one half of the real pieces in the place of the generated ones.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.errors import OptionError
from melodyrnn.evaluation.copying import KnownMelodies, copying
from melodyrnn.evaluation.distributions import likeness
from melodyrnn.evaluation.form import form
from melodyrnn.evaluation.statistics import statistics
from melodyrnn.evaluation.two_sample import two_sample_test
from melodyrnn.music.song import Song

HALVINGS = 5
MOST_TIMES_LONGEST = 2  # pieces are judged up to twice the bars of the longest real one


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure of generated pieces beside that of real ones."""

    generated: float
    real: float


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a set of pieces, each (pieces, d): what the notes are like, and the form."""

    statistics: dict[str, Doubles]
    form: dict[str, Doubles]

    def __len__(self) -> int:
        return len(self.form["bars"])

    def chosen(self, pieces: npt.NDArray[np.int64]) -> "Measures":
        """The measures of some of the pieces."""
        return Measures(*({name: rows[pieces] for name, rows in kind.items()} for kind in (self.statistics, self.form)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of the judge. Every `Beside` holds the generated pieces' figure and that of real ones.

    `likeness`: overlapped area by measure, real being half against half: the ceiling. `numbers`: the means of those
    measures that are numbers. `likeness_of_form`, `form`: the same of measures of form. `loops`, `silences`: share of
    pieces with a bar more often, or with a silence longer, than any real piece. `runs_on`: share longer than twice the
    longest real piece. `copied_share`, `copied_longest_notes` (the median piece), against the training pieces;
    `longest_copies`: of each generated piece, in notes.
    `accuracy`: of the two-sample test, with the `telltales` it went by. `silent`: pieces without a note, left out of
    all the rest.
    """

    pieces: Beside
    silent: int
    likeness: dict[str, Beside]
    numbers: dict[str, Beside]
    likeness_of_form: dict[str, Beside]
    form: dict[str, Beside]
    loops: Beside
    silences: Beside
    runs_on: Beside
    copied_share: Beside
    copied_longest_notes: Beside
    longest_copies: tuple[int, ...]
    accuracy: Beside
    telltales: dict[str, float]

    @property
    def mean_likeness(self) -> Beside:
        """Overlapped area, the mean over the measures that have one."""
        pairs = [beside for beside in self.likeness.values() if not math.isnan(beside.generated + beside.real)]
        return Beside(*(float(np.mean([getattr(pair, side) for pair in pairs])) for side in ("generated", "real")))

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it, the mean likeness first: see `plain`."""
        found: dict[str, Any] = plain({"mean_likeness": asdict(self.mean_likeness)} | asdict(self))
        return found


def plain(value: Any) -> Any:
    """Figures as JSON has them: floats to four places, and None for one without a value."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value


def measure(songs: Sequence[Song]) -> Measures:
    """Measure every song; each needs at least one note."""
    rows = [statistics(song) for song in songs]
    forms = [form(song) for song in songs]
    return Measures(
        {name: np.array([row[name] for row in rows]) for name in rows[0]},
        {name: np.array([[row[name]] for row in forms]) for name in forms[0]},
    )


def compare(
    real: Sequence[Song],
    generated: Sequence[Song],
    known: KnownMelodies | None = None,
    report: Callable[[float], None] | None = None,
) -> Comparison:
    """Judge generated pieces by real ones, and by the training pieces' melodies where they are given.

    At least 10 real pieces with notes, and one generated; OptionError otherwise.
    """
    real = [song for song in real if song.note_count]
    most_bars = MOST_TIMES_LONGEST * max((song.bars for song in real), default=0)
    sounding = [song for song in generated if song.note_count]
    cut = [song.until_pulse(song.bar_lines.start(most_bars)) if song.bars > most_bars else song for song in sounding]
    cut = [song for song in cut if song.note_count]
    if len(real) < 10 or not cut:
        raise OptionError(f"{len(real)} real and {len(cut)} generated pieces with notes: 10 real and 1 are needed")
    tell = report or (lambda _: None)
    reals = measure(real)
    tell(0.3)
    new = measure(cut)
    tell(0.6)
    halves = list(_halves(len(real)))
    copied = [copying(songs, known) if known else None for songs in (cut, real)]
    tell(0.8)
    test = two_sample_test(reals.statistics | reals.form, new.statistics | new.form)
    twin = [
        two_sample_test(a.statistics | a.form, b.statistics | b.form, seed)
        for seed, (a, b) in enumerate((reals.chosen(one), reals.chosen(other)) for one, other in halves[:2])
    ]
    tell(1.0)
    return Comparison(
        Beside(len(generated), len(real)),
        len(generated) - len(cut),
        _likenesses(reals.statistics, new.statistics, halves),
        _means(reals.statistics, new.statistics),
        _likenesses(reals.form, new.form, halves),
        _means(reals.form, new.form),
        _beyond(reals.form["most_repeated_bar"], new.form["most_repeated_bar"], halves),
        _beyond(reals.form["longest_silence_quarters"], new.form["longest_silence_quarters"], halves),
        Beside(float(np.mean([song.bars > most_bars for song in sounding])), 0.0),
        Beside(*(found.share if found else math.nan for found in copied)),
        Beside(*(float(np.median(found.longest_notes)) if found else math.nan for found in copied)),
        copied[0].longest_notes if copied[0] else (),
        Beside(test.accuracy, float(np.mean([t.accuracy for t in twin]))),
        test.telltales,
    )


def _halves(pieces: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    rng = np.random.default_rng(0)
    orders = [rng.permutation(pieces) for _ in range(HALVINGS)]
    return [(order[: pieces // 2], order[pieces // 2 :]) for order in orders]


def _likenesses(
    real: dict[str, Doubles],
    new: dict[str, Doubles],
    halves: Sequence[tuple[Ints, Ints]],
) -> dict[str, Beside]:
    return {
        name: Beside(
            likeness(rows, new[name]), float(np.mean([likeness(rows[one], rows[other]) for one, other in halves]))
        )
        for name, rows in real.items()
    }


def _beyond(real: Doubles, new: Doubles, halves: Sequence[tuple[Ints, Ints]]) -> Beside:
    """The share of pieces above every real one; of real ones, above every one of the other half."""
    return Beside(
        float((new > real.max()).mean()),
        float(np.mean([(real[other] > real[one].max()).mean() for one, other in halves])),
    )


def _means(real: dict[str, Doubles], new: dict[str, Doubles]) -> dict[str, Beside]:
    return {name: Beside(_mean(new[name]), _mean(rows)) for name, rows in real.items() if rows.shape[1] == 1}


def _mean(rows: Doubles) -> float:
    return math.nan if np.isnan(rows).all() else float(np.nanmean(rows))
