"""Steering: what is added to the network's logits, in nats, before a field is drawn. One row of TERMS is one term.

A term follows the events of its stream and returns an array of nats for the fields in which it counts, or None where it
has nothing to add. Its constants are defaults: a model file may carry those that the model was tuned with.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import FIELDS, Cursor
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.terms.bias import Bias
from melodyrnn.generation.terms.chord_tones import ChordTones
from melodyrnn.generation.terms.density import Density
from melodyrnn.generation.terms.out_of_scale import OutOfScale
from melodyrnn.generation.terms.part_balance import PartBalance
from melodyrnn.generation.terms.part_durations import PartDurations
from melodyrnn.generation.terms.part_pitches import PartPitches
from melodyrnn.generation.terms.part_places import PartPlaces
from melodyrnn.generation.terms.repetition import Repetition
from melodyrnn.generation.terms.silence import Silence
from melodyrnn.generation.terms.step import Constants, Expected, Follower, Step


class Term(NamedTuple):
    """A row of the table: the fields in which a term counts, what follows the music for it, its constants."""

    name: str
    fields: tuple[str, ...]
    follower: Callable[[Constants], Follower]
    constants: Constants


TERMS = (
    Term(
        "density",
        ("bars", "place", "duration"),
        Density,
        {"fade_beats": 8, "gain_a_beat": 0.8, "most_beats": 4, "most_rate": 24},
    ),
    Term("silence", ("bars", "place"), Silence, {"nats_a_beat": 4, "most_beats": 1, "most_beats_of_a_kit": 2}),
    Term(
        "part_balance",
        ("bars", "place", "part"),
        PartBalance,
        {
            "fade_beats": 8,
            "last_beats": 16,
            "power": 3,
            "most_missing": 8,
            "most_factor": 4,
            "overdue_nats": 4,
        },
    ),
    Term("repetition", ("pitch",), Repetition, {"nats_a_note": 2, "nats_last_note": 60, "most_times": 3}),
    Term(
        "out_of_scale",
        ("pitch",),
        OutOfScale,
        {"nats": 0.8, "least_share": 0.03, "fade_beats": 40, "longest_beats": 2, "least_notes": 12},
    ),
    Term(
        "part_places",
        ("place", "part"),
        PartPlaces,
        {"weight": 0.3, "spread_pulses": 0.7, "most_nats": 2, "least_onsets": 16},
    ),
    Term(
        "part_durations",
        ("duration",),
        PartDurations,
        {"weight": 0.5, "spread_octaves": 0.15, "most_nats": 3, "least_notes": 8, "prior_notes": 2},
    ),
    Term(
        "part_pitches",
        ("pitch",),
        PartPitches,
        {"nats_at_ends": 1.5, "nats_near": 20, "nats_wide": 1.5, "nats_a_semitone": 0.5, "free_semitones": 5},
    ),
    Term(
        "chord_tones",
        ("pitch", "duration"),
        ChordTones,
        {
            "nats_at_change": 24,
            "nats_on_beat": 6,
            "nats_off_beat": 1.25,
            "nats_foreign": 3,
            "nats_a_beat": 3,
            "free_beats": 0.5,
            "nats_bass": 24,
            "bass_below": 58,
            "bass_room": 14,
        },
    ),
    Term("bias", FIELDS, Bias, {}),
)


def merged_constants(given: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The constants of all terms: those `given`, by term and name, else the defaults."""
    return {term.name: {**term.constants, **given.get(term.name, {})} for term in TERMS}


class Steering:
    """All terms in one stream."""

    def __init__(self, constants: Mapping[str, Constants]) -> None:
        self._terms = {term.name: term.follower(constants[term.name]) for term in TERMS}

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """Take in an event that the cursor has just moved to."""
        for follower in self._terms.values():
            follower.push(event, cursor)

    def mark_as_seed(self, cursor: Cursor) -> None:
        """The events taken in so far are given music."""
        for follower in self._terms.values():
            follower.mark_as_seed(cursor)

    def nats(self, step: Step) -> Floats | None:
        """(size,) nats to add to the field's logits: the sum of its terms; None for nothing."""
        total: Floats | None = None
        for name in _TERMS_OF[step.field]:
            nats = self._terms[name].nats(step)
            if nats is not None:
                total = nats if total is None else total + nats
        return total

    @property
    def onsets_a_pulse(self) -> float:
        """Of all music so far."""
        return self._density.onsets_a_pulse

    def set_density_reference(self, onsets_a_pulse: float) -> None:
        """The density asked for is beside music of so many onsets."""
        self._density.reference = onsets_a_pulse

    def constrain(self, constraints: NoteConstraints) -> None:
        """From here on these constraints hold."""
        self._chord_tones.ask(constraints.chords)

    def set_bar_of_chords(self, bar: int, pulse: int) -> None:
        """Bar number `bar` of the progression asked for begins at this pulse of the stream. Unless said, bar 0 at 0."""
        self._chord_tones.bar_line = bar, pulse

    def expect_part(self, part: int, expected: Expected, cursor: Cursor) -> None:
        """A part that has not played plays from here on, as is usual for it."""
        for term in self._terms.values():
            if isinstance(term, PartBalance | PartPlaces | PartDurations):
                term.expect(part, expected, cursor)
        self.expect_pitches(part, expected, cursor)

    def expect_pitches(self, part: int, expected: Expected, cursor: Cursor) -> None:
        """A part has the pitches that are usual for it; its rhythm goes on as it was."""
        for term in self._terms.values():
            if isinstance(term, PartPitches | ChordTones):
                term.expect(part, expected, cursor)

    @property
    def _chord_tones(self) -> ChordTones:
        chord_tones = self._terms["chord_tones"]
        assert isinstance(chord_tones, ChordTones)
        return chord_tones

    @property
    def _density(self) -> Density:
        density = self._terms["density"]
        assert isinstance(density, Density)
        return density


_TERMS_OF = {field: [term.name for term in TERMS if field in term.fields] for field in FIELDS}
