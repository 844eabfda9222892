"""A small piano roll for a terminal: pitch upwards, time to the right, a colour for each part, new notes bright."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from melodyrnn.drawing import NewNotes, new_from_bar
from melodyrnn.errors import one_line
from melodyrnn.music import Song
from melodyrnn.music.general_midi import drum_name, instrument_name
from melodyrnn.music.pitches import pitch_name

SLOT_PULSES = (3, 6, 12, 24, 48, 96, 192)  # half a column
SEED_BARS_SHOWN = 4
MARGIN, DRUM_MARGIN = 6, 11  # columns for the names of pitches, and of drums
NARROW = 60  # columns of a terminal: on one with fewer the names of drums are cut to the margin of pitches
HEAD_AND_PROMPT = 5  # lines of a terminal that the roll leaves free
MOST_ROWS = 32
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")  # one a part, over and over; as the terminal has them
LINE_STYLE, JOIN_STYLE = "bright_black", "bold"
HALVES = (" ", "▌", "▐", "█")
SHAPES = "▌▐█│║"


class Row(NamedTuple):
    """One line of the roll: its label, and which pitches of which kind of track it shows."""

    label: str
    low: int
    high: int
    is_drum: bool


def print_piano_roll(song: Song, seed_bars: int, new: NewNotes | None = None, console: Console | None = None) -> None:
    """Draw the last bars of the seed and as many new ones as fit; nothing where the terminal has no such characters.

    `new`: the new notes; without it those after the seed.
    """
    console = console or Console(highlight=False)
    try:
        SHAPES.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return
    lines = piano_roll(song, seed_bars, console.width, console.height - HEAD_AND_PROMPT, new)
    if len(song.tracks) > 1 and console.color_system and not console.no_color:
        lines.append(_legend(song))
    for line in lines:
        console.print(line, no_wrap=True, overflow="crop")


def piano_roll(
    song: Song, seed_bars: int, width: int, height: int = MOST_ROWS, new: NewNotes | None = None
) -> list[Text]:
    """The lines of the roll, none wider than `width`: bar numbers, then the pitches from high to low, then drums."""
    has_drums = any(track.is_drum for track in song.tracks)
    margin = DRUM_MARGIN if has_drums and width >= NARROW else MARGIN
    grid = _Grid(
        song, seed_bars, max(10, width - margin - 1), new_from_bar(song, seed_bars + 1) if new is None else new
    )
    lines = [Text(" " * margin + grid.numbers(), style=LINE_STYLE)]
    rows = _rows(song, grid.start, grid.end, max(4, min(height, MOST_ROWS)))
    labelled = ((f"{row.label[: margin - 1]:>{margin - 1}} ", row) for row in rows)
    return lines + [Text.assemble((label, LINE_STYLE), grid.line(row)) for label, row in labelled]


def _legend(song: Song) -> Text:
    """The parts by their colours."""
    text = Text(" " * MARGIN)
    for number, track in enumerate(song.tracks):
        name = one_line(track.name) or instrument_name(track.program, track.is_drum)
        text.append("█ ", COLOURS[number % len(COLOURS)]).append(f"{name}   ")
    return text


def _rows(song: Song, start: int, end: int, most: int) -> Iterator[Row]:
    """Rows for the pitches that sound from `start` to `end`, then one for each drum."""
    pitches, drums = set[int](), set[int]()
    for track in song.tracks:
        notes = track.array[(track.array[:, 0] < end) & (track.array[:, 0] + track.array[:, 2] > start)]
        (drums if track.is_drum else pitches).update(notes[:, 1].tolist())
    if pitches:
        lowest, highest = min(pitches), max(pitches)
        each = -(-(highest - lowest + 1) // max(4, most - len(drums)))
        for low in range(highest - (highest - lowest) % each, lowest - each, -each):
            inside = range(max(low, 0), min(low + each, 128))
            c = next((pitch for pitch in inside if pitch % 12 == 0), None)
            edge = highest in inside or lowest in inside
            named = c if c is not None else (highest if highest in inside else lowest)
            yield Row(pitch_name(named) if edge or c is not None else "", inside[0], inside[-1], False)
    for drum in sorted(drums, reverse=True):
        yield Row(drum_name(drum), drum, drum, True)


class _Grid:
    """The bars that are shown, and the cells they are drawn in. A bar line has a column of its own.

    A cell holds two slots, its halves: bit 1 the left one, bit 2 the right one.
    """

    def __init__(self, song: Song, seed_bars: int, width: int, new: NewNotes) -> None:
        self.song, self.new, lines = song, new, song.bar_lines
        starts = [lines.start(bar) for bar in range(max(0, seed_bars - SEED_BARS_SHOWN), song.bars + 1)]
        seed_shown = min(seed_bars, SEED_BARS_SHOWN)
        self.slot = next(
            (slot for slot in SLOT_PULSES if _width(starts[max(0, seed_shown - 1) :], slot) <= width), SLOT_PULSES[-1]
        )
        while seed_shown > 1 and _width(starts, self.slot) > width:
            seed_shown, starts = seed_shown - 1, starts[1:]
        while len(starts) > 2 and _width(starts, self.slot) > width:
            starts.pop()
        self.join = lines.start(seed_bars)
        self.first, self.start, self.end = seed_bars - seed_shown, starts[0], starts[-1]
        self.bar_lines: dict[int, int] = {}  # column: pulse
        self.slots: list[int] = []  # the pulse at which each begins
        self.columns: list[int] = []  # the column that each is in
        column = 0
        for start, end in pairwise(starts):
            self.bar_lines[column] = start
            for place, pulse in enumerate(range(start, end, self.slot)):
                self.slots.append(pulse)
                self.columns.append(column + 1 + place // 2)
            column = self.columns[-1] + 1
        self.bar_lines[column] = self.end

    def numbers(self) -> str:
        """The line of bar numbers, counted from 1."""
        text = ""
        for number, column in enumerate(list(self.bar_lines)[:-1], self.first + 1):
            if column > len(text) or not text:
                text = f"{text:<{column}}{number}"
        return text[: max(self.bar_lines) + 1]

    def line(self, row: Row) -> Text:
        """One row of the roll."""
        filled: dict[int, int] = defaultdict(int)
        styles: dict[int, str] = {}
        for number, track in enumerate(self.song.tracks):
            if track.is_drum != row.is_drum:
                continue
            colour = COLOURS[number % len(COLOURS)]
            for (onset, pitch, duration, _), is_new in zip(track.array.tolist(), self.new[number], strict=True):
                if row.low <= pitch <= row.high and onset < self.end and onset + duration > self.start:
                    style = f"bold {colour}" if is_new else f"dim {colour}"
                    for column, half in self._halves(onset, onset + (1 if row.is_drum else duration)):
                        filled[column] |= half
                        styles[column] = style
        text = Text()
        for column in range(max(self.bar_lines) + 1):
            if column in filled:
                text.append(HALVES[filled[column]], styles[column])
            elif column in self.bar_lines:
                joined = 0 < self.join == self.bar_lines[column]
                text.append("║" if joined else "│", JOIN_STYLE if joined else LINE_STYLE)
            else:
                text.append(" ")
        return text

    def _halves(self, onset: int, end: int) -> Iterator[tuple[int, int]]:
        """The (column, half) that a note fills: all but the last of several, so that repeated notes stay apart."""
        first = max(0, bisect_right(self.slots, onset) - 1)
        last = max(first, bisect_left(self.slots, end) - 2)
        for slot in range(first, last + 1):
            column = self.columns[slot]
            if slot > first and column - 1 in self.bar_lines and self.columns[slot - 1] < column:
                yield column - 1, 3
            yield column, 2 if slot and self.columns[slot - 1] == column else 1


def _width(starts: list[int], slot: int) -> int:
    """Columns that the bars between these bar lines take."""
    return 1 + sum(1 + -(-(end - start) // (2 * slot)) for start, end in pairwise(starts))
