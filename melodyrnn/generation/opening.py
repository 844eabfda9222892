"""A beat from nothing: its first bars are drawn, learned as a seed is, and gone on from.

A model of drums knows how takes of many drummers go on and not which beat this one keeps: drawn freely, a bar seldom
has the rhythm of the bar four before. docs/experiments/from-nothing.md has the figures.
"""

import numpy as np

from melodyrnn.generation.draft import Draft, Notes
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.side_by_side import Drawing, together
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER

OPENING_BARS = 4
CANDIDATES = 4
LEARNED = 4  # the key of the random numbers after the opening
ON_THE_BEAT_PULSES = 3  # this near to a quarter: half a sixteenth


def with_learned_opening(
    draft: Draft, style: int, sampling: Sampling, random_seed: int, stay: float, reference: float | None
) -> Drawing[Draft]:
    """The draft of a piece that has begun from nothing: with its opening drawn and learned, if it is for kits alone.

    Of CANDIDATES openings, the one with the steadiest time-keeper is learned, as far as `stay` says. Else the draft as
    it was. `reference`: of the density, if one is asked for.
    """
    limit = BarLines(draft.time_signatures).start(OPENING_BARS)
    openings = list(draft.branches(CANDIDATES))
    yield from openings[0].drawing(limit)
    if not all(track.is_drum for track in openings[0].tracks):
        return draft
    yield from together([opening.drawing(limit) for opening in openings[1:]])
    opening = max(openings, key=lambda each: steadiness(each.new_notes, limit))
    generator = READ_SEEDS.generator(draft.generator.model, style, np.array(opening.events), stay)
    generator.resume(sampling, random_seed, LEARNED)
    generator.steering.set_density_reference(generator.steering.onsets_a_pulse if reference is None else reference)
    opening.generator = generator
    opening.wait_until(limit)
    return opening


def steadiness(notes: Notes, end: int) -> float:
    """The share of the quarters until the pulse `end` on which the time-keeper plays: the sound that plays on most."""
    quarter = (notes[:, 0] + ON_THE_BEAT_PULSES) // PULSES_PER_QUARTER
    near = (notes[:, 0] + ON_THE_BEAT_PULSES) % PULSES_PER_QUARTER <= 2 * ON_THE_BEAT_PULSES
    struck = {(pitch, beat) for pitch, beat in zip(notes[near, 2].tolist(), quarter[near].tolist(), strict=True)}
    counts = np.bincount([pitch for pitch, _ in struck], minlength=1)
    return float(counts.max()) / (end / PULSES_PER_QUARTER)
