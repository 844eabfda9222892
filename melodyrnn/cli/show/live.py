"""The display of `melodyrnn live`: one line on a terminal, a line now and then in a pipe."""

import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from melodyrnn.cli.show.text import say
from melodyrnn.errors import count, one_line
from melodyrnn.live.status import Status
from melodyrnn.music.channels import DRUM_CHANNEL
from melodyrnn.music.pitches import pitch_name

BARS_BETWEEN_LINES = 8  # in a pipe
MOST_NAMES = 8  # of sounding notes
ROOM_FOR_NAMES = 12
SEPARATOR = " | "
LEAST_IMPORTANT_FIRST = ("port", "ahead", "style", "clock", "late")


class Display:
    """Shows the status of a session. The music goes on when the terminal is closed."""

    def __init__(self) -> None:
        self._next_bar = 1
        self._changing: tuple[str, bool | None] = ("internal", None)  # printed as soon as it changes
        self._live: Any = None

    def __enter__(self) -> "Display":
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live("", auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._live:
            with suppress(OSError):
                self._live.stop()

    def show(self, status: Status) -> None:
        """Update the line on a terminal; in a pipe, print a line now and then."""
        if self._live:
            from rich.text import Text

            with suppress(OSError):
                line = one_line(_line(status, self._live.console.width))
                self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        elif (status.bar >= self._next_bar and status.notes_sent) or (status.clock, status.answers) != self._changing:
            self._next_bar, self._changing = status.bar + BARS_BETWEEN_LINES, (status.clock, status.answers)
            self.report(_line(status))

    def report(self, line: str) -> None:
        """Print a line that stays."""
        with suppress(OSError, ValueError):  # closed by whoever read it
            if self._live:
                self._live.console.print(one_line(line), markup=False, highlight=False)
            else:
                say(line)
                sys.stdout.flush()

    def sum_up(self, status: Status, taken: Path | None) -> None:
        """Print the last line: how much was played, and where the take is."""
        played = f"played {count(status.notes_sent, 'note')}, {_lateness(status)}"
        self.report(f"{played}; recorded as {taken}" if taken and status.notes_sent else played)


def _line(status: Status, width: int | None = None) -> str:
    """The line to show. If it is wider than `width`, the least important parts are left out first; the bar stays."""
    shown = {
        "port": status.port,
        "clock": status.clock if status.bpm is None else f"{status.clock} {status.bpm:.1f} bpm",
        "bar": f"bar {status.bar}.{status.beat}",
        "turn": "answering" if status.answers else "listening",
        "style": status.style,
        "ahead": f"{status.look_ahead_pulses:3} pulses ahead",
        "late": _lateness(status),
    }
    if status.answers is None:
        del shown["turn"]
    for least in LEAST_IMPORTANT_FIRST:
        if width is None or len(SEPARATOR.join(shown.values())) <= width - ROOM_FOR_NAMES:
            break
        del shown[least]
    return SEPARATOR.join([*shown.values(), *_names(status)])


def _names(status: Status) -> list[str]:
    """The notes that sound, from low to high, each once."""
    pitches = sorted({pitch for channel, pitch in status.sounding if channel != DRUM_CHANNEL})
    names = [pitch_name(pitch) for pitch in pitches] + ["drum"] * any(c == DRUM_CHANNEL for c, _ in status.sounding)
    return [" ".join(names[:MOST_NAMES])] if names else []


def _lateness(status: Status) -> str:
    skipped = f", {count(status.skipped, 'note')} left out" if status.skipped else ""
    return f"{count(status.late_pulses, 'pulse')} late{skipped}"
