"""The judge's page of pictures: what generated pieces are like beside real ones, and how both are built."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from melodyrnn.arrays import Doubles
from melodyrnn.errors import OptionError
from melodyrnn.evaluation.bars import EMPTY, name_bars
from melodyrnn.evaluation.form import DISTANCES
from melodyrnn.evaluation.judge import Comparison, measure
from melodyrnn.evaluation.statistics import SOUNDS, VELOCITY_BIN
from melodyrnn.files import replacing
from melodyrnn.music.song import Song

REAL, GENERATED = "#8a94a0", "#0b7285"
STRIPS, STRIP_BARS = 16, 64
DPI = 100
FORMATS = (".png", ".svg", ".pdf")


def check_format(path: Path) -> None:
    """OptionError for a page that does not end in one of the formats."""
    if path.suffix.lower() not in FORMATS:
        raise OptionError(f"{path}: the page is a picture: its name must end in {', '.join(FORMATS)}")


def draw_page(path: Path, title: str, real: Sequence[Song], generated: Sequence[Song], found: Comparison) -> None:
    """Write the page as a picture, in the format of the path's ending, in the place of what is there.

    OptionError where that is none of `FORMATS`, OutputError where it cannot be written.
    """
    check_format(path)
    real = [song for song in real if song.note_count]
    generated = [song for song in generated if song.note_count]
    figure = Figure(figsize=(13, 15), layout="constrained")
    figure.suptitle(f"{title}: {len(generated)} generated pieces (teal) beside {len(real)} real ones (grey)")
    axes = figure.subplots(5, 3, gridspec_kw={"height_ratios": [1.2, 1, 1, 1, 1.6]})
    for panel in axes[0, :]:
        panel.remove()
    _likeness(figure.add_subplot(axes[0, 0].get_gridspec()[0, :2]), found)
    _telltales(figure.add_subplot(axes[0, 0].get_gridspec()[0, 2]), found)
    sides = [measure(songs) for songs in (real, generated)]
    for panel, kind in zip(axes[1, :2], ("exact", "rhythm"), strict=True):
        _repeats(panel, kind, found)
    _ends(axes[1, 2], found)
    drums = np.isnan(sides[0].statistics["pitch_range"]).all()
    numbers = ("bars", "notes_per_bar", "groove_consistency" if drums else "pitch_range")
    for panel, name in zip(axes[2], numbers, strict=True):
        _numbers(panel, name, [(side.form | side.statistics)[name][:, 0] for side in sides])
    histograms = ("sounds", "timing", "velocities") if drums else ("intervals", "durations", "pitch_classes")
    for panel, name in zip(axes[3], histograms, strict=True):
        _bins(panel, name, [side.statistics[name] for side in sides])
    for panel in axes[4, :]:
        panel.remove()
    strips = figure.add_subplot(axes[0, 0].get_gridspec()[4, :])
    _strips(strips, real, generated)
    kind = path.suffix.lower()[1:]
    with replacing(path) as beside, matplotlib.rc_context({"svg.hashsalt": "melodyrnn"}):
        figure.savefig(beside, format=kind, dpi=DPI, metadata={"Software": None} if kind == "png" else None)


def _plain(panel: Axes, title: str) -> None:
    panel.set_title(title, fontsize=10, loc="left")
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=8)


def _likeness(panel: Axes, found: Comparison) -> None:
    names = [name for name, beside in found.likeness.items() if not np.isnan(beside.generated + beside.real)]
    places = np.arange(len(names))
    panel.bar(places - 0.2, [found.likeness[n].real for n in names], 0.38, color=REAL)
    panel.bar(places + 0.2, [found.likeness[n].generated for n in names], 0.38, color=GENERATED)
    panel.set_xticks(places, [name.replace("_", "\n") for name in names], fontsize=8)
    panel.set_ylim(0, 1)
    mean = found.mean_likeness
    _plain(panel, f"Overlapped area, mean {mean.generated:.3f} of a possible {mean.real:.3f}")


def _telltales(panel: Axes, found: Comparison) -> None:
    largest = list(found.telltales.items())[:8][::-1]
    panel.barh([name.replace("_", " ") for name, _ in largest], [loss for _, loss in largest], color=GENERATED)
    _plain(panel, f"What gives it away (two-sample accuracy {found.accuracy.generated:.2f})")


def _repeats(panel: Axes, kind: str, found: Comparison) -> None:
    labels = [*map(str, DISTANCES), "any"]
    places = np.arange(len(labels))
    panel.bar(places - 0.2, [found.form[f"{kind}_{label}"].real for label in labels], 0.38, color=REAL)
    panel.bar(places + 0.2, [found.form[f"{kind}_{label}"].generated for label in labels], 0.38, color=GENERATED)
    panel.set_xticks(places, labels)
    panel.set_ylim(0, 1)
    what = "the same notes" if kind == "exact" else "the same rhythm"
    _plain(panel, f"Share of bars with {what} as the bar N before")


def _ends(panel: Axes, found: Comparison) -> None:
    shares = {name.replace("_", "\n"): found.form[name] for name in found.form if name.startswith("ends_")}
    shares |= {"loops": found.loops, "silences": found.silences, "runs on": found.runs_on}
    shares["copied\n12 notes"] = found.copied_share
    places = np.arange(len(shares))
    panel.bar(places - 0.2, [beside.real for beside in shares.values()], 0.38, color=REAL)
    panel.bar(places + 0.2, [beside.generated for beside in shares.values()], 0.38, color=GENERATED)
    panel.set_xticks(places, list(shares), fontsize=7)
    panel.set_ylim(0, 1)
    _plain(panel, "Endings, faults and copies, as shares")


def _numbers(panel: Axes, name: str, sides: Sequence[Doubles]) -> None:
    kept = [values[~np.isnan(values)] for values in sides]
    if all(len(values) for values in kept):
        edges = np.linspace(min(v.min() for v in kept), np.percentile(np.concatenate(kept), 99) + 1e-9, 25)
        for values, colour in zip(kept, (REAL, GENERATED), strict=True):
            weights = np.full(len(values), 1 / len(values))
            panel.hist(np.minimum(values, edges[-1]), edges.tolist(), weights=weights, color=colour, alpha=0.6)
    _plain(panel, name.replace("_", " ") + ", share of pieces")


def _bins(panel: Axes, name: str, sides: Sequence[Doubles]) -> None:
    means = [np.nanmean(rows, axis=0) if not np.isnan(rows).all() else np.zeros(rows.shape[1]) for rows in sides]
    places = np.arange(len(means[0]))
    panel.bar(places - 0.2, means[0], 0.38, color=REAL)
    panel.bar(places + 0.2, means[1], 0.38, color=GENERATED)
    labels = {
        "intervals": (places[::4], [f"{place - 12:+d}" for place in places[::4]]),
        "durations": (places[::2], [f"{2 ** (place / 2) / 24:.2g}" for place in places[::2]]),
        "pitch_classes": (places, [f"{place}" for place in places]),
        "sounds": (places, [name.replace(" ", "\n") for name in (*SOUNDS, "other")]),
        "timing": (places, [f"{place - 2:+d}" for place in places]),
        "velocities": (places, [f"{place * VELOCITY_BIN}" for place in places]),
    }
    panel.set_xticks(*labels[name], fontsize=7 if name == "sounds" else None)
    what = {
        "intervals": "Melodic intervals, semitones",
        "durations": "Durations, quarter notes",
        "pitch_classes": "Pitch classes, semitones over the tonic",
        "sounds": "Sounds of the kit",
        "timing": "Pulses from the nearest sixteenth",
        "velocities": "Velocities, from",
    }
    _plain(panel, what[name])


def _strips(panel: Axes, real: Sequence[Song], generated: Sequence[Song]) -> None:
    """Each row a piece, each cell a bar; a bar is coloured where it is heard again, all its occurrences alike."""
    picture = np.ones((STRIPS + 1, 2 * STRIP_BARS + 4, 3))
    colours = np.array(matplotlib.colormaps["tab20"].colors)  # type: ignore[attr-defined]
    for side, songs in enumerate((real, generated)):
        step = max(1, len(songs) // STRIPS)
        for row, song in enumerate(songs[::step][:STRIPS]):
            names = name_bars(song).exact[:STRIP_BARS]
            again = [name for name in dict.fromkeys(names.tolist()) if name != EMPTY and (names == name).sum() > 1]
            for column, name in enumerate(names.tolist()):
                colour = colours[again.index(name) % 20] if name in again else (0.88, 0.88, 0.88)
                picture[row, column + side * (STRIP_BARS + 4)] = (1, 1, 1) if name == EMPTY else colour
    panel.imshow(picture[:STRIPS], aspect="auto", interpolation="nearest")
    panel.set_xticks([0, 8, 16, 32, 48, 68, 76, 84, 100, 116], ["1", "9", "17", "33", "49"] * 2)
    panel.set_yticks([])
    panel.vlines(np.arange(-0.5, 132, 8)[:9], -0.5, STRIPS - 0.5, color="white", linewidth=0.8)
    panel.vlines(np.arange(67.5, 132, 8)[:9], -0.5, STRIPS - 0.5, color="white", linewidth=0.8)
    panel.hlines(np.arange(0.5, STRIPS), -0.5, 131.5, color="white", linewidth=3)
    panel.set_title(
        "Form: a row is a piece, a cell a bar, one colour the same bar again; real left, generated right",
        fontsize=10,
        loc="left",
    )
    panel.set_frame_on(False)
