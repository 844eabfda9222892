"""Which chords a Song plays, found from its notes: a hidden Markov model whose states are chords, one a beat.

A chord expects its tones to sound, its root and fifth the most, and the lowest note to be its root. Where there is one
voice, or two pitch classes at the most, any tones of the chord may sound, and the lowest is only the tune's. In a key
some chords are usual, and chords change more readily at bar lines than inside a bar. Viterbi's algorithm finds the
likeliest sequence.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.music.chords import Chord
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.metre import beats_a_bar
from melodyrnn.music.progression import Bar, Progression
from melodyrnn.music.song import Song

# Of 1,000 beats of the training half of POP909, whose chords are labelled, about so many are in each kind of chord.
KINDS = {
    (0, 4, 7): 500,
    (0, 3, 7): 350,
    (0, 3, 7, 10): 45,
    (0, 4, 7, 11): 20,
    (0, 4, 7, 10): 20,
    (0, 2, 7): 25,
    (0, 5, 7): 15,
    (0, 4, 7, 9): 5,
    (0, 3, 6): 5,
    (0, 3, 6, 10): 3,
    (0, 4, 8): 1,
}
# Measured there: the share of a beat's sounding time that its chord's root, its fifth, each other tone and each other
# pitch class have; and how often the lowest note is the root, each other tone, each other pitch class.
ROOT_SHARE, FIFTH_SHARE, TONE_SHARE, OTHER_SHARE = 0.4, 0.25, 0.2, 0.01
ROOT_LOWEST, TONE_LOWEST, OTHER_LOWEST = 0.8, 0.05, 0.008
FIFTHS = (6, 7, 8)
# Of 1,000 beats of its validation half, about so many have a chord on each semitone above the tonic, in the key that
# the notes suggest.
ROOTS = {
    "major": (260, 7, 97, 3, 104, 156, 4, 198, 9, 152, 10, 3),
    "minor": (323, 4, 9, 85, 3, 122, 3, 130, 134, 6, 186, 3),
}
# Chosen on that half: how much the shares and the lowest note of one beat weigh, and what a tone outside the key costs.
SHARES_WEIGHT, LOWEST_WEIGHT, OUT_OF_KEY_NATS = 6.0, 1.0, 1.0
# Chosen on the validation half and by ear on tunes: of a thin beat, how much its shares weigh, the share of a pitch
# class that is no tone of the chord, a tone being a third, and what a chord costs that is no major or minor triad.
ONE_VOICE, FEW_PITCH_CLASSES = 1.05, 2
THIN_SHARES_WEIGHT, THIN_OTHER_SHARE, THIN_KIND_NATS = 0.3 * SHARES_WEIGHT, 0.03, 1.0
TRIADS = ((0, 4, 7), (0, 3, 7))
CHANGES_AT_BAR, CHANGES_AT_HALF, CHANGES_AT_BEAT = 0.8, 0.3, 0.15  # how often the chord changes there


class Beats(NamedTuple):
    """The beats of a Song. `edges`: (n + 1,) pulses, each beat from one to the next. `bars`: (n,) the bar of each;
    `numbers`: (n,) which beat of its bar it is; `counts`: (n,) how many beats its bar has.
    """

    edges: Ints
    bars: Ints
    numbers: Ints
    counts: Ints


class Sounding(NamedTuple):
    """What sounds in each of n stretches. `shares`: (n, 12) of each pitch class; `lowest`: (n,) the lowest pitch, or -1
    in silence; `voices`: (n,) how many notes sound at once, on average.
    """

    shares: Doubles
    lowest: Ints
    voices: Doubles


def found_progression(song: Song) -> Progression | None:
    """The chord of each beat of a song, bar by bar. None where no pitched note sounds."""
    beats = beats_of(song)
    heard = sounding(song, beats.edges)
    if not heard.shares.any():
        return None
    states = _viterbi(_emissions(heard), _usual(song), beats)
    chords = [_STATES[state] for state in states]
    starts = np.searchsorted(beats.bars, np.arange(beats.bars[-1] + 2))
    return Progression(tuple(_shortest(tuple(chords[first:end])) for first, end in pairwise(starts)))


def beats_of(song: Song) -> Beats:
    """Every beat of the bars in which the song sounds."""
    lines, rows = song.bar_lines, list[tuple[int, int, int, int]]()
    for bar in range(max(song.bars, 1)):
        start, end = lines.start(bar), lines.start(bar + 1)
        signature = lines.signature_at(start)
        count = beats_a_bar(signature.numerator, signature.denominator)
        rows += [(start + (end - start) * number // count, bar, number, count) for number in range(count)]
    onsets, bars, numbers, counts = np.array(rows, np.int64).T
    return Beats(np.append(onsets, lines.start(max(song.bars, 1))), bars, numbers, counts)


_STATES = tuple(Chord(root, kind, root) for kind in KINDS for root in range(12))


def _tables() -> tuple[Doubles, Doubles]:
    """(states, 12) log of the share that each pitch class has in a chord, and of how often it is the lowest."""
    shares, lowest = np.full((len(_STATES), 12), OTHER_SHARE), np.full((len(_STATES), 12), OTHER_LOWEST)
    for state, chord in enumerate(_STATES):
        for interval in chord.intervals:
            tone = (chord.root + interval) % 12
            shares[state, tone] = ROOT_SHARE if not interval else FIFTH_SHARE if interval in FIFTHS else TONE_SHARE
            lowest[state, tone] = TONE_LOWEST if interval else ROOT_LOWEST
    shares /= shares.sum(1, keepdims=True)
    return np.log(shares), np.log(lowest)


def _thin_shares() -> Doubles:
    """(states, 12) log of the share of each pitch class where any tones of a chord may sound."""
    shares = np.full((len(_STATES), 12), THIN_OTHER_SHARE)
    for state, chord in enumerate(_STATES):
        shares[state, list(chord.pitch_classes)] = 1 / 3
    logs: Doubles = np.log(shares / shares.sum(1, keepdims=True))
    return logs


_LOG_SHARES, _LOG_LOWEST = _tables()
_LOG_THIN_SHARES = _thin_shares()
_IS_TRIAD = np.array([chord.intervals in TRIADS for chord in _STATES])
_LOG_KINDS = np.log(np.repeat(np.array(list(KINDS.values()), float) / sum(KINDS.values()) / 12, 12))


def sounding(song: Song, edges: Ints) -> Sounding:
    """What sounds between each of some pulses and the next."""
    notes = np.concatenate([np.zeros((0, 4), np.int64), *(t.array for t in song.tracks if not t.is_drum)])
    pulses = np.zeros((len(edges) - 1, 12))
    for pitch_class in range(12):
        onsets = notes[notes[:, 1] % 12 == pitch_class, 0]
        ends = onsets + notes[notes[:, 1] % 12 == pitch_class, 2]
        pulses[:, pitch_class] = np.diff(_elapsed(onsets, edges) - _elapsed(ends, edges))
    first = np.searchsorted(edges, notes[:, 0], side="right") - 1
    last = np.searchsorted(edges, notes[:, 0] + notes[:, 2], side="left")
    lowest = np.full(len(pulses), 128)
    lengths = np.maximum(last - first, 0)
    index = np.repeat(first, lengths) + np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    inside = index < len(pulses)
    np.minimum.at(lowest, index[inside], np.repeat(notes[:, 1], lengths)[inside])
    total = pulses.sum(1, keepdims=True)
    voices = total[:, 0] / np.diff(edges)
    return Sounding(pulses / np.maximum(total, 1), np.where(lowest < 128, lowest, -1), voices)


def _elapsed(times: Ints, edges: Ints) -> Ints:
    """(len(edges),) the time since each of `times`, summed over those before each edge."""
    times = np.sort(times)
    before = np.searchsorted(times, edges)
    elapsed: Ints = before * edges - np.concatenate([[0], np.cumsum(times)])[before]
    return elapsed


def _emissions(heard: Sounding) -> Doubles:
    """(n, states) nats by which each chord explains what sounds in each beat."""
    shares, lowest, voices = heard
    emissions: Doubles = SHARES_WEIGHT * shares @ _LOG_SHARES.T
    sounds = lowest >= 0
    emissions[sounds] += LOWEST_WEIGHT * _LOG_LOWEST.T[lowest[sounds] % 12]
    thin = sounds & ((voices <= ONE_VOICE) | ((shares > 0).sum(1) <= FEW_PITCH_CLASSES))
    emissions[thin] = THIN_SHARES_WEIGHT * shares[thin] @ _LOG_THIN_SHARES.T - THIN_KIND_NATS * ~_IS_TRIAD
    return emissions


def _usual(song: Song) -> Doubles:
    """(states,) log of how often a chord changes to each, which depends on its kind and on the key."""
    key = estimate_key(song)
    if key is None:
        return _LOG_KINDS
    outside = [sum(tone not in key.pitch_classes for tone in chord.pitch_classes) for chord in _STATES]
    roots = np.log(np.array(ROOTS[key.mode]) * 12 / sum(ROOTS[key.mode]))  # how much more than each other one
    above = [(chord.root - key.tonic) % 12 for chord in _STATES]
    usual: Doubles = _LOG_KINDS + roots[above] - OUT_OF_KEY_NATS * np.array(outside)
    return usual


def _viterbi(emissions: Doubles, usual: Doubles, beats: Beats) -> list[int]:
    """The likeliest states: (n,) indices."""
    middles = (beats.counts % 2 == 0) & (2 * beats.numbers == beats.counts)
    changes = np.where(beats.numbers == 0, CHANGES_AT_BAR, np.where(middles, CHANGES_AT_HALF, CHANGES_AT_BEAT))
    best, count = emissions[0] + usual, len(usual)
    came = np.zeros(emissions.shape, np.int64)
    for beat in range(1, len(emissions)):
        likeliest = int(best.argmax())
        stay, change = best + np.log(1 - changes[beat]), best[likeliest] + np.log(changes[beat]) + usual
        came[beat] = np.where(stay >= change, np.arange(count), likeliest)
        best = np.maximum(stay, change) + emissions[beat]
    states = [int(best.argmax())]
    for beat in range(len(emissions) - 1, 0, -1):
        states.append(int(came[beat, states[-1]]))
    return states[::-1]


def _shortest(bar: Bar) -> Bar:
    """The same chords in as few even shares as can be."""
    for count in range(1, len(bar)):
        each, rest = divmod(len(bar), count)
        if not rest and all(chord == bar[index - index % each] for index, chord in enumerate(bar)):
            return bar[::each]
    return bar
