"""What `train` shows on a terminal: at every usual width its bits per note, its speed and the time left."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from melodyrnn.cli.show.training import fitted, standings


def trainer(minutes_left: float = 59.5) -> SimpleNamespace:
    progress = SimpleNamespace(history=[{"mean": 3.301}], events=10_000, seconds=2.0)
    return SimpleNamespace(
        progress=progress, notes_per_event=0.9, seconds_left=60 * minutes_left, training_bits=lambda: 13.2146
    )


@pytest.mark.parametrize("width", [50, 60, 80, 100, 120, 200])
def test_nothing_is_cut_off(width: int) -> None:
    bar_width, text = fitted(standings(trainer()), width)
    console = Console(width=width, force_terminal=True, record=True, file=io.StringIO())
    with Progress(
        TextColumn("{task.percentage:3.0f}%"), BarColumn(bar_width), TextColumn("{task.description}"), console=console
    ) as bar:
        bar.add_task(text, total=1.0, completed=0.4)
    line = console.export_text().splitlines()[-1]
    assert "\u2026" not in line
    for part in ("40%", "13.215", "3.301", "4,500" if width > 60 else "4500", "59:30 left"):
        assert part in line
