"""The key and the chords that a request names, or that its seed plays."""

from melodyrnn.errors import OptionError
from melodyrnn.generation.seed import Seed
from melodyrnn.music.chord_finding import found_progression
from melodyrnn.music.progression import Bar, Progression
from melodyrnn.music.scales import Key, Scale, parse_key
from melodyrnn.music.song import Song
from melodyrnn.options import CHORDS, KEY, OF_SEED

LOOP_BARS = (1, 2, 4, 8, 16, 3, 6, 12)  # in the order in which loops are looked for
LONGEST_LOOP_BARS = 16
AGREEING_SHARE = 0.8  # of the bars that a loop repeats
LEAST_REPEATED, MOST_REPEATED = 2, 4  # bars that must agree, or, if it is longer, those of the loop


def asked_key(asked: Key | Scale | str | None, seed: Seed | None) -> Key | Scale | None:
    """The key that a text names, or the scale that it lists; for OF_SEED the seed's own key. What is no text stays.

    OptionError where there is none.
    """
    if asked != OF_SEED:
        return parse_key(asked) if isinstance(asked, str) else asked
    found = seed.key if seed else None
    if found is None:
        raise OptionError(f"{KEY} {OF_SEED}: {'its notes are in no key' if seed else 'there is no seed'}")
    return found


def asked_chords(
    asked: Progression | str | None, seed: Seed | None, first_bar: int | None = None
) -> Progression | None:
    """The progression that a text writes; for OF_SEED that of the seed: as it goes on, or from `first_bar` of it on,
    counted from 0. What is no text stays. OptionError where there is none.
    """
    if asked != OF_SEED:
        return Progression.parse(asked) if isinstance(asked, str) else asked
    found = (
        (chords_after(seed) if first_bar is None else chords_from(seed.song, first_bar, seed.bars)) if seed else None
    )
    if found is None:
        raise OptionError(f"{CHORDS} {OF_SEED}: {'no pitched note sounds in it' if seed else 'there is no seed'}")
    return found


def chords_from(song: Song, bar: int, bars: int) -> Progression | None:
    """The chords of the first `bars` bars of a song, from one of them on, counted from 0; then those before it.

    None where it plays no pitched note.
    """
    found = found_progression(song)
    if found is None:
        return None
    all_bars = found.bars[:bars] + found.bars[-1:] * (bars - len(found.bars))
    return Progression(all_bars[bar:] + all_bars[:bar])


def chords_after(seed: Seed) -> Progression | None:
    """The chords that go on with those of the seed, from the bar after it on. None where it plays no pitched note.

    Where the last bars repeat what was a few bars before, that is the loop that goes on; else all bars of the seed come
    again, or the last LONGEST_LOOP_BARS.
    """
    found = chords_from(seed.song, 0, seed.bars)
    if found is None:
        return None
    bars = found.bars
    loop = next((loop for loop in LOOP_BARS if _repeats(bars, loop)), LONGEST_LOOP_BARS)
    return Progression(bars[-loop:])


def _repeats(bars: tuple[Bar, ...], loop: int) -> bool:
    """Whether the last bars have the roots of those so many bars before."""
    count = min(len(bars) - loop, max(loop, MOST_REPEATED))
    if count < min(loop, LEAST_REPEATED):
        return False
    roots = [[chord and chord.root for chord in bar] for bar in bars]
    again = sum(roots[-index] == roots[-index - loop] for index in range(1, count + 1))
    return again >= AGREEING_SHARE * count
