"""Piano rolls: pitch upwards, time to the right, a colour for each part, bars numbered as the summary counts them.

What is new is drawn strongly, what was given beside it pale; bars that hold new notes have a yellow ground.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from melodyrnn.drawing.colours import (
    BAR_LINE,
    BEAT_LINE,
    BLACK_KEY,
    FAINT_INK,
    INK,
    NEW_BAR,
    pale,
    part_colour,
)
from melodyrnn.drawing.picture import TEXT_SIZE, Box, Label, Mark, Picture, in_columns, moved
from melodyrnn.errors import OptionError, count, named
from melodyrnn.music.general_midi import drum_name, instrument_name
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pitches import pitch_name
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import NoteArray, Song

NewNotes: TypeAlias = Sequence[npt.NDArray[np.bool_]]
"""For each track of a song (n,): whether each of its notes is new."""

WIDTH, SHEET_WIDTH = 1000.0, 480.0
MARGIN, EDGE = 62.0, 8.0  # left of the roll, for names; around it
LINE_PULSES_PER_PIXEL = 1.7  # at most: 96 pulses are a bar of 4/4
MOST_STRETCHED = 3.0  # times as wide as that, for music of few bars
PITCH_ROWS = ((24, 7.0), (48, 5.0), (128, 3.0))  # up to so many pitches, how high the row of each is
FEWEST_PITCHES, DRUM_ROW = 13, 10.0
BLACK_KEYS = (1, 3, 6, 8, 10)
HEAD, GAP, LEGEND_ROW = 16.0, 10.0, 18.0
LETTER_WIDTH = 0.56  # of the size, on average
SHORTEST = 1.5  # pixels of a note
DRUM_PULSES, DRUM_WIDTH = 6, 5.7  # at most: what matters of a drum is when it is struck


class Shown(NamedTuple):
    """A song to draw. `new`: its new notes, where some are given and some are new."""

    song: Song
    new: NewNotes | None = None
    title: str = ""


def new_from_bar(song: Song, bar: int) -> NewNotes:
    """Every note that begins in this bar, counted from 1, or later. OptionError for a bar that there is not."""
    if not 1 <= bar <= max(1, song.bars):
        raise OptionError(
            f"{named('new_from')} {bar}: there {'is' if song.bars == 1 else 'are'} {count(song.bars, 'bar')}"
        )
    start = song.bar_lines.start(bar - 1)
    return [track.array[:, 0] >= start for track in song.tracks]


def notes_not_in(song: Song, given: Song) -> NewNotes:
    """Every note that the given song does not have: none of the instrument begins there at this pulse and pitch."""
    there = {key for track in given.tracks for key in _keys(track.array, track.program, track.is_drum)}
    return [
        np.array([key not in there for key in _keys(track.array, track.program, track.is_drum)], np.bool_)
        for track in song.tracks
    ]


def _keys(notes: NoteArray, program: int, is_drum: bool) -> Iterator[tuple[int, int, int]]:
    instrument = -1 if is_drum else program
    return ((instrument, onset, pitch) for onset, pitch in notes[:, :2].tolist())


def piano_roll(*shown: Shown, from_bar: int | None = None, to_bar: int | None = None, width: float = WIDTH) -> Picture:
    """Songs above each other, on one axis of time and pitch; long ones in several lines, each of whole bars.

    `from_bar` and `to_bar`: the first and last bar to draw, counted from 1; without them all. OptionError for bars that
    the songs do not have.
    """
    longest = max((each.song for each in shown), key=lambda song: song.end_pulses)
    bars = max(1, *(each.song.bars for each in shown))
    first, last = 1 if from_bar is None else from_bar, bars if to_bar is None else to_bar
    if from_bar is not None and to_bar is not None and first > last:
        raise OptionError(f"{named('from_bar')} {first}, {named('to_bar')} {last}: the first bar comes first")
    if not 1 <= first <= last <= bars:
        raise OptionError(f"bars {first} to {last}: there {'is' if bars == 1 else 'are'} {count(bars, 'bar')}")
    axis = _Axis(longest.bar_lines, MARGIN, width - MARGIN - EDGE)
    start, end = axis.lines.start(first - 1), axis.lines.start(last)
    rows = _Rows.of([each.song for each in shown], start, end)
    split = axis.split(first - 1, last)
    rolls = [
        _roll(each, axis.scaled(split), rows, line, width)
        for line in split
        for each in shown
        if axis.lines.start(line.start) < each.song.end_pulses or len(shown) == 1
    ]
    legend = _legend(shown, width)
    about = "; ".join(filter(None, (each.title for each in shown))) or "piano roll"
    return in_columns([legend, *rolls], 1, GAP)._replace(width=width, about=f"{about}, bars {first} to {last}")


def contact_sheet(shown: Sequence[Shown], columns: int = 2, width: float = SHEET_WIDTH) -> Picture:
    """Songs beside each other, each a small roll with its title, all of the same pitches and with the same parts."""
    songs = [each.song for each in shown]
    end = max(song.end_pulses for song in songs)
    rows = _Rows.of(songs, 0, end)
    pictures = []
    for each in shown:
        bars = range(max(1, each.song.bars))
        axis = _Axis(each.song.bar_lines, MARGIN, width - MARGIN - EDGE).scaled([bars])
        pictures.append(_roll(each, axis, rows, bars, width))
    sheet = in_columns(pictures, columns, GAP)
    legend = _legend(shown[:1], sheet.width)
    return in_columns([legend, sheet], 1, GAP)._replace(about="; ".join(each.title for each in shown))


@dataclass(frozen=True)
class _Axis:
    """Pulses as pixels: a line of the picture begins `left` pixels from its edge and is `width` long."""

    lines: BarLines
    left: float
    width: float
    pulses_per_pixel: float = LINE_PULSES_PER_PIXEL

    def split(self, first: int, end: int) -> list[range]:
        """The bars from `first` on as ranges that fit a line, all about as long; a bar that fits none has its own."""
        begin = self.lines.start(first)
        length = self.lines.start(end) - begin
        share = length / -(-length // (self.width * self.pulses_per_pixel))
        line_of = [int((self.lines.start(bar) - begin) / share + 1e-6) for bar in range(first, end)]
        begins = [first + place for place, line in enumerate(line_of) if place == 0 or line != line_of[place - 1]]
        return [range(bar, stop) for bar, stop in zip(begins, [*begins[1:], end], strict=True)]

    def scaled(self, lines_of_bars: Sequence[range]) -> "_Axis":
        """The axis on which the longest of these lines fits, and a short one is not drawn out."""
        longest = max(self.lines.start(bars.stop) - self.lines.start(bars.start) for bars in lines_of_bars)
        return replace(self, pulses_per_pixel=max(longest / self.width, self.pulses_per_pixel / MOST_STRETCHED))


@dataclass(frozen=True)
class _Rows:
    """The pitches from `low` to `high`, none where these are equal, and below them the drums, each a row."""

    low: int
    high: int
    drums: tuple[int, ...]

    @classmethod
    def of(cls, songs: Sequence[Song], start: int, end: int) -> "_Rows":
        pitches, drums = set[int](), set[int]()
        for song in songs:
            for track in song.tracks:
                onsets, ends = track.array[:, 0], track.array[:, 0] + track.array[:, 2]
                sounding = track.array[(onsets < end) & (ends > start), 1]
                (drums if track.is_drum else pitches).update(sounding.tolist())
        if not pitches:
            return cls(0, 0, tuple(sorted(drums)))
        low, high = max(0, min(pitches) - 1), min(128, max(pitches) + 2)
        more = max(0, FEWEST_PITCHES - (high - low))
        return cls(low - more // 2, high + more - more // 2, tuple(sorted(drums)))

    @property
    def pitch_row(self) -> float:
        return next(height for most, height in PITCH_ROWS if self.high - self.low <= most)

    @property
    def height(self) -> float:
        return max(DRUM_ROW, (self.high - self.low) * self.pitch_row + len(self.drums) * DRUM_ROW)

    def box(self, pitch: int, is_drum: bool) -> tuple[float, float]:
        """How far below the top the row of a pitch begins, and how high it is."""
        if not is_drum:
            return (self.high - 1 - pitch) * self.pitch_row, self.pitch_row
        below = (self.high - self.low) * self.pitch_row
        return below + (len(self.drums) - 1 - self.drums.index(pitch)) * DRUM_ROW, DRUM_ROW


def _roll(each: Shown, axis: _Axis, rows: _Rows, bars: range, width: float) -> Picture:
    """One line of a song."""
    start, end = axis.lines.start(bars.start), axis.lines.start(bars.stop)
    scale = 1 / axis.pulses_per_pixel
    top = HEAD + (LEGEND_ROW if each.title else 0)
    marks = list[Mark]()
    if each.title:
        marks.append(Label(axis.left, LEGEND_ROW - 5, each.title, INK, size=TEXT_SIZE + 1))
    ground = [*_ground(rows, (end - start) * scale), *_bars(each, axis.lines, rows, bars, start, scale)]
    notes = _notes(each, rows, start, end, scale)
    marks += moved([*ground, *notes], axis.left, top)
    marks += moved(_names(rows), axis.left - 6, top)
    return Picture(width, top + rows.height + 1, tuple(marks))


def _ground(rows: _Rows, width: float) -> Iterator[Mark]:
    """Rows of black keys, darker, and a line between pitches and drums."""
    for pitch in range(rows.low, rows.high):
        if pitch % 12 in BLACK_KEYS:
            y, height = rows.box(pitch, is_drum=False)
            yield Box(0, y, width, height, BLACK_KEY)


def _bars(each: Shown, lines: BarLines, rows: _Rows, bars: range, start: int, scale: float) -> Iterator[Mark]:
    """Grounds of new bars, beats, bar lines and their numbers."""
    onsets = np.concatenate([[], *(t.array[new, 0] for t, new in zip(each.song.tracks, each.new or (), strict=False))])
    new = set(lines.positions(onsets.astype(np.int64))[0].tolist()) if len(onsets) else set[int]()
    edges = [(lines.start(bar) - start) * scale for bar in range(bars.start, bars.stop + 1)]
    for bar in bars:
        if bar in new:
            left, right = edges[bar - bars.start], edges[bar - bars.start + 1]
            yield Box(left, -HEAD, right - left, HEAD + rows.height, NEW_BAR)
    for bar in bars:
        begin, end = lines.start(bar), lines.start(bar + 1)
        beat = PULSES_PER_WHOLE // lines.signature_at(begin).denominator
        beats = range(begin + beat, end, beat) if beat * scale > 4 else ()
        yield from (Box((pulse - start) * scale, 0, 0.7, rows.height, BEAT_LINE) for pulse in beats)
    if rows.low < rows.high and rows.drums:
        yield Box(0, (rows.high - rows.low) * rows.pitch_row - 0.5, edges[-1], 1, BAR_LINE)
    yield from (Box(edge - 0.5, 0, 1, rows.height, BAR_LINE) for edge in edges)
    free = 0.0
    for bar in bars:
        x, number = edges[bar - bars.start], str(bar + 1)
        if x >= free:
            yield Label(x + 2, -4, number, INK if bar in new else FAINT_INK)
            free = x + 2 + (len(number) + 1) * LETTER_WIDTH * TEXT_SIZE


def _names(rows: _Rows) -> Iterator[Mark]:
    """The names of each C and of each drum; of a range without a C that of its middle."""
    named = [pitch for pitch in range(rows.low, rows.high) if pitch % 12 == 0]
    for pitch in named:
        y, height = rows.box(pitch, is_drum=False)
        yield Label(0, y + height / 2 + 4, pitch_name(pitch), FAINT_INK, "right")
    for drum in rows.drums:
        y, height = rows.box(drum, is_drum=True)
        yield Label(0, y + height - 2, drum_name(drum), FAINT_INK, "right", TEXT_SIZE - 1)


def _notes(each: Shown, rows: _Rows, start: int, end: int, scale: float) -> Iterator[Mark]:
    """The notes of each part, those that were given first."""
    for strong in (False, True):
        for index, track in enumerate(each.song.tracks):
            is_new = np.ones(len(track), np.bool_) if each.new is None else each.new[index]
            onsets, ends = track.array[:, 0], track.array[:, 0] + track.array[:, 2]
            shown = track.array[(onsets < end) & (ends > start) & (is_new == strong)]
            colour = part_colour(index) if strong else pale(part_colour(index))
            for onset, pitch, duration, _ in shown.tolist():
                if track.is_drum and onset < start:
                    continue
                y, height = rows.box(pitch, track.is_drum)
                left, right = max(onset, start), min(onset + duration, end)
                length = min(DRUM_PULSES * scale, DRUM_WIDTH) if track.is_drum else (right - left) * scale
                gap = 1.5 if track.is_drum else 0.3
                yield Box((left - start) * scale + 0.5, y + gap, max(SHORTEST, length - 0.7), height - 2 * gap, colour)


def _legend(shown: Sequence[Shown], width: float) -> Picture:
    """The parts by their colours, in as many rows as they need."""
    entries = dict[str, str]()
    for each in shown:
        for index, track in enumerate(each.song.tracks):
            instrument = instrument_name(track.program, track.is_drum)
            name = f"{track.name} ({instrument})" if track.name not in ("", instrument) else instrument
            entries.setdefault(f"{index + 1} {name}", part_colour(index))
    has_new = any(each.new is not None for each in shown)
    listed = [*entries.items()] + [("new bars; pale: given", NEW_BAR)] * has_new
    marks, x, y = list[Mark](), MARGIN, 0.0
    for name, colour in listed:
        length = 14 + len(name) * LETTER_WIDTH * TEXT_SIZE + 14
        if x + length > width and x > MARGIN:
            x, y = MARGIN, y + LEGEND_ROW
        marks += [Box(x, y + 6, 9, 9, colour), Label(x + 14, y + 15, name, INK)]
        x += length
    return Picture(width, y + LEGEND_ROW, tuple(marks))
