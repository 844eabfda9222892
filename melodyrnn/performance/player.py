"""New notes played as the parts of a piece were: as loud, as long, as late, at the same places."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import NoteArray
from melodyrnn.performance.grid import warp
from melodyrnn.performance.hand import Hand

LOOSENESS = 0.5  # how much of what one stroke was early or late beside the others at its place a new one is
SHORTEST_PULSES = 0.25
UNLIKE_LENGTH = 2.0  # an octave between lengths makes a stroke so many times exp(1) less likely to be taken up
UNLIKE_SIZE = 1.0  # and each note more or less in the chord


class Numbers(Protocol):
    """A source of random numbers: numpy's generators are, and those that a take is drawn with."""

    def random(self) -> float:
        """The next number: from 0 up to, not including, 1."""


class Played(NamedTuple):
    """(n,) exact onsets and durations in pulses, and velocities 1 to 127."""

    onsets: Doubles
    durations: Doubles
    velocities: Ints


@dataclass(frozen=True)
class Performance:
    """How each part of a piece was played, in the order of its tracks, under its bar lines."""

    hands: tuple[Hand, ...]
    lines: BarLines

    def replay(self, part: int) -> Played:
        """The part's own notes, in the order of the score, just as they were."""
        played = self.hands[part].played
        return Played(played[:, 0], played[:, 1], played[:, 2].astype(np.int64))

    def play(
        self,
        part: int,
        notes: NoteArray,
        rng: Numbers,
        lines: BarLines | None = None,
        earliest_pulses: float = 0.0,
    ) -> Played:
        """(n, 4) notes of a score, sorted as a Track's are, played as the part was.

        `lines`: the bar lines of the new notes, if they are not the piece's own. No note begins before
        `earliest_pulses`, none before one that stands before it in the score, and none sounds on into the next of its
        pitch. The same notes and random numbers give the same.
        """
        notes = np.asarray(notes, np.int64).reshape(-1, 4)
        lines = lines or self.lines
        hand = self._hand(part)
        if not len(notes):
            return Played(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
        places = lines.positions(notes[:, 0])[1]
        draw = _struck if hand.is_drum else _chord_by_chord
        lateness, gates, velocities = draw(hand, notes, places, rng)
        heard = warp(lines, hand.swing, notes[:, 0])
        lengths = 1.0 if hand.is_drum else warp(lines, hand.swing, notes[:, 0] + notes[:, 2]) - heard
        onsets = _in_order(notes, heard + lateness, earliest_pulses)
        durations = np.maximum(SHORTEST_PULSES, gates * lengths)
        return Played(onsets, _until_next(notes[:, 1], onsets, durations), np.clip(velocities, 1, 127))

    def _hand(self, part: int) -> Hand:
        """The part's, or if it has played nothing that of the part of its kind which has played most."""
        own = self.hands[part]
        return max((hand for hand in self.hands if hand.is_drum == own.is_drum), key=len) if not len(own) else own


def _chord_by_chord(hand: Hand, notes: NoteArray, places: Ints, rng: Numbers) -> tuple[Doubles, Doubles, Ints]:
    """Each new chord (or single note) is struck as one that the part struck at its place."""
    lateness, gates, velocities = np.zeros(len(notes)), np.ones(len(notes)), notes[:, 3].copy()
    starts = np.append(np.flatnonzero(np.diff(notes[:, 0], prepend=-1)), len(notes))
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        strokes = hand.strokes_like(int(places[first]), -1)
        if not len(strokes):
            break
        chords = np.unique(hand.chords[strokes])
        begins, ends = hand.chord_starts[chords], hand.chord_starts[chords + 1]
        longer = np.abs(np.log2(hand.score[begins, 2]) - np.log2(notes[first:last, 2]).mean())
        unlike = UNLIKE_LENGTH * longer + UNLIKE_SIZE * np.abs(ends - begins - (last - first))
        chance = np.exp(unlike.min() - unlike)
        chosen = int(np.searchsorted(np.cumsum(chance), rng.random() * chance.sum()))
        chosen = min(chosen, len(chords) - 1)
        alike = np.arange(begins[chosen], ends[chosen])
        mapped = alike[np.rint(np.linspace(0, len(alike) - 1, last - first)).astype(np.int64)]
        usual, own = hand.lateness[strokes].mean(), hand.lateness[alike].mean()
        lateness[first:last] = usual + LOOSENESS * (own - usual) + hand.lateness[mapped] - own
        gates[first:last] = hand.gates[mapped]
        velocities[first:last] = hand.played[mapped, 2]
    return lateness, gates, velocities


def _struck(hand: Hand, notes: NoteArray, places: Ints, rng: Numbers) -> tuple[Doubles, Doubles, Ints]:
    """Each new stroke on a kit is struck as one on that sound at its place, of its level if there is one."""
    lateness, gates, velocities = np.zeros(len(notes)), np.ones(len(notes)), notes[:, 3].copy()
    for i, (place, (_, pitch, _, level)) in enumerate(zip(places.tolist(), notes.tolist(), strict=True)):
        strokes = hand.strokes_like(place, pitch)
        if not len(strokes):
            break
        of_level = strokes[hand.score[strokes, 3] == level]
        likely = of_level if len(of_level) else strokes
        stroke = likely[int(rng.random() * len(likely))]
        usual = hand.lateness[strokes].mean()
        lateness[i] = usual + LOOSENESS * (hand.lateness[stroke] - usual)
        gates[i] = hand.gates[stroke]
        velocities[i] = round(hand.played[stroke, 2] * level / hand.score[stroke, 3])
    return lateness, gates, velocities


def _in_order(notes: NoteArray, onsets: Doubles, earliest: float) -> Doubles:
    """The onsets, none before those of notes that stand before it in the score, those of one pitch a little apart."""
    made, before, latest = onsets.copy(), earliest, earliest
    of_pitch = dict[int, tuple[int, float]]()
    place = -1
    for i, (onset, pitch, _, _) in enumerate(notes.tolist()):
        if onset != place:
            place, before = onset, latest
        least = before
        if pitch in of_pitch and of_pitch[pitch][0] < onset:
            least = max(least, of_pitch[pitch][1] + SHORTEST_PULSES)
        made[i] = max(least, made[i])
        latest = max(latest, made[i])
        of_pitch[pitch] = onset, made[i]
    return made


def _until_next(pitches: Ints, onsets: Doubles, durations: Doubles) -> Doubles:
    """The durations, cut where the next note of the pitch begins (those that begin together go on together)."""
    cut = durations.copy()
    for pitch in np.unique(pitches):
        own = np.flatnonzero(pitches == pitch)
        begins = np.unique(onsets[own])
        following = np.append(begins, np.inf)[np.searchsorted(begins, onsets[own], side="right")]
        cut[own] = np.minimum(cut[own], following - onsets[own])
    return cut
