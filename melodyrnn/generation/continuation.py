"""From a Song to a longer Song: the seed is heard, the bars after it are drawn."""

from collections import deque
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from melodyrnn.encoding.events import END, METRE, PARTS, PLACES, EventArray, EventSequence, decode, encode
from melodyrnn.errors import OptionError
from melodyrnn.generation.endings import ENDING_BARS, likeliest_end
from melodyrnn.generation.generator import Event, Generator, MusicModel, Sampling
from melodyrnn.music.join import join_pulse
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.song import Song

HEARD_NOTES = 1000  # of a seed's end; lookback reaches eight bars, and what lies further back hardly moves the state
HEARD_BARS = 15_000  # a thousand rests, which are of 15 bars
LEAST_BARS = 8  # of a piece that the model ends: no chorale, song or folk tune of those held out is shorter
LONGEST_PIECE_EVENTS = 20_000
MOST_BARS = 10_000
MOST_METRES = 10_000  # changes of a seed: each costs time at every look at its bar lines


def continue_song(
    model: MusicModel,
    seed: Song | None,
    bars: int | None,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
) -> Song:
    """A Song that begins with `seed` and goes on for exactly `bars` bars from the bar line after it.

    Without a seed it starts from nothing; without `bars` the model ends it. Tempo, metre and instruments are the
    seed's. Without `style`, the model's first. OptionError for values outside what is legal.
    """
    with one_thread():
        return _continue(model, seed, bars, style, sampling or Sampling(), random_seed)


def one_thread() -> threadpool_limits:
    """A step waits for memory: more threads would only wait for each other, long where the machine is busy."""
    return threadpool_limits(1, user_api="blas")


def _continue(
    model: MusicModel, seed: Song | None, bars: int | None, style: str | None, sampling: Sampling, random_seed: int
) -> Song:
    if bars is not None and not 1 <= bars <= MOST_BARS:
        raise OptionError(f"bars {bars}: must be 1 to {MOST_BARS}")
    if seed is not None:
        check_seed(seed)
    number = model.style_number(style) if style else 0
    if seed is None:
        return _invent(model, bars, number, sampling, random_seed)
    lines = seed.bar_lines
    join = join_pulse(seed)
    end = None if bars is None else lines.start(lines.position(join)[0] + bars)
    start = hearing_start(seed)
    heard, generator = hear(model, seed, start, number)
    generator.resume(sampling, [random_seed])
    generator.constraints.may_end = bars is None
    signatures = seed.from_pulse(start).time_signatures
    generator.constraints.least_bars = BarLines(signatures, PLACES).position(join - start)[0] + 1
    generator.constraints.earliest = join - start
    drawn = _draw(generator, heard.tolist(), None if end is None else end - start)
    longer = decode(EventSequence(np.array([*heard.tolist(), *drawn])))
    length = longer.length_pulses + start if end is None else end
    tracks = []
    for old, new in zip(seed.tracks, longer.tracks, strict=True):
        added = new.array[new.array[:, 0] >= join - start] + np.array([start, 0, 0, 0])
        tracks.append(old.with_notes(np.concatenate([old.array, added])))
    return replace(seed, tracks=tuple(tracks), length_pulses=length).until_pulse(length)


def check_seed(seed: Song, name: str = "the seed") -> None:
    """OptionError, in which the seed is called `name`, for one that nothing can go on from."""
    if not seed.note_count:
        raise OptionError(f"{name} has no notes to go on from")
    for count, most, unit in ((len(seed.tracks), PARTS, "tracks"), (len(seed.time_signatures), MOST_METRES, "metres")):
        if count > most:
            raise OptionError(f"{name} has {count} {unit}: at most {most} can be continued")


def hear(model: MusicModel, seed: Song, start: int, style: int) -> tuple[EventArray, Generator]:
    """The seed's events from pulse `start`, and a generator that took them in, once for all that goes on from it."""
    if model.heard is None or model.heard[0] is not seed or model.heard[1] != style:
        events = encode(seed.from_pulse(start)).events[:-1]
        generator = Generator(model, style, Sampling(), 0)
        for event in events.tolist():
            generator.push(event)
        generator.take_as_seed()
        model.heard = (seed, style, events, generator)
    return model.heard[2], model.heard[3].copy()


def _invent(model: MusicModel, bars: int | None, style: int, sampling: Sampling, random_seed: int) -> Song:
    """A piece from nothing: the model names its metre and its instruments too."""
    generator = Generator(model, style, sampling, random_seed, may_end=bars is None)
    generator.constraints.least_bars = LEAST_BARS
    song = decode(EventSequence(np.array(_draw(generator, [], None, bars))))
    length = song.length_pulses if bars is None else song.bar_lines.start(bars)
    return replace(song, length_pulses=length).until_pulse(length)


def hearing_start(seed: Song) -> int:
    """The bar line from which a seed is heard: all of it, or its last bars that hold about HEARD_NOTES notes, as many
    changes of metre at most, and no more than HEARD_BARS of the bars that events count.
    """
    lines = seed.bar_lines
    notes = np.sort(np.concatenate([track.array[:, 0] for track in seed.tracks]))
    metres = [signature.onset_pulses for signature in seed.time_signatures]
    latest = [int(onsets[-HEARD_NOTES]) if len(onsets) > HEARD_NOTES else 0 for onsets in (notes, metres)]
    counted = BarLines(seed.time_signatures, PLACES)
    latest.append(counted.start(max(0, counted.position(join_pulse(seed))[0] - HEARD_BARS)))
    return lines.start(lines.position(max(latest))[0])


def _draw(generator: Generator, heard: list[Event], end: int | None, bars: int | None = None) -> list[Event]:
    """Draw and take in events until one would begin at pulse `end`, or the model ends the piece; `heard` come before.

    `bars`, for a piece whose metre is yet to be drawn, becomes its `end`.
    """
    drawn: list[Event] = []
    constraints = generator.constraints
    last_bars: deque[tuple[Generator, int]] = deque(maxlen=ENDING_BARS)  # as it was before, how much had been drawn
    while not constraints.may_end or len(drawn) < LONGEST_PIECE_EVENTS:
        event = generator.next_event()
        if end is not None and constraints.pulse(event) >= end:
            return drawn
        if event[3] == END:
            if not last_bars:
                return [*drawn, event]
            before, count = last_bars[0]
            return drawn[:count] + likeliest_end(before, heard + drawn[:count], drawn[count:], constraints.pulse(event))
        if constraints.may_end and event[0]:
            last_bars.append((generator.copy(), len(drawn)))
        drawn.append(event)
        generator.push(event)
        if event[3] == METRE and bars is not None:
            end = BarLines([TimeSignature(0, event[4], 1 << event[5])]).start(bars)
    return [*drawn, (1, 0, 0, END, 0, 0)]
