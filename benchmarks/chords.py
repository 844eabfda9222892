"""Do new notes follow the chords that were asked for? As JSON.

    python benchmarks/chords.py FOLDER [--pieces 12] [--model NAME-or-FILE] [--style STYLE] [--stay 0..1]

8 bars of each piece are the seed, and 8 new ones are drawn: without chords, on the seed's own, on vi IV I V of its key
(`near`; for a minor key i VI III VII, which are the same chords), and on these three semitones higher (`far`). Of the
new pitched notes: the share that are tones of the chord where it begins, on other beats and between beats; the share of
bass notes, where a chord begins, that are its own; how many notes there are; and the bits a note of all new notes by
the model that asks for no chords. What is drawn without chords, and the true bars, are judged by the seed's chords.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from continuation import BARS, pairs_in

from melodyrnn.api import choose_model
from melodyrnn.encoding.events import END
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed
from melodyrnn.generation.continuation import begin
from melodyrnn.generation.draft import Draft
from melodyrnn.generation.harmony import chords_after
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.side_by_side import drawn
from melodyrnn.music.chords import Chord
from melodyrnn.music.metre import TimeSignature, beats_a_bar
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song

LOOP = ((9, (0, 3, 7)), (5, (0, 4, 7)), (0, (0, 4, 7)), (7, (0, 4, 7)))  # above the tonic of the major key
FAR_SEMITONES = 3
HIGHEST_BASS = 55
Notes = Sequence[tuple[int, int]]  # onset after the join and pitch, of pitched notes


def loop_in(key: Key, semitones: int) -> Progression:
    """Vi IV I V of a major key, or of the major key with the signature of another one, moved up."""
    tonic = Key.of_signature(key.sharps, "major").tonic + semitones
    roots = [((tonic + above) % 12, kind) for above, kind in LOOP]
    return Progression(tuple((Chord(root, kind, root),) for root, kind in roots))


class Tally:
    """Counts over all pieces of one way of going on."""

    def __init__(self) -> None:
        self._hits: defaultdict[str, list[bool]] = defaultdict(list)
        self._notes = self._pieces = 0
        self._bits: list[float] = []

    def add(self, notes: Notes, progression: Progression, metre: TimeSignature, bits: float | None = None) -> None:
        """The new notes of a piece, and the bits of each by the model alone."""
        bar_pulses, beats = metre.bar_pulses, beats_a_bar(metre.numerator, metre.denominator)
        lowest = {onset: min(pitch for other, pitch in notes if other == onset) for onset, _ in notes}
        self._notes, self._pieces = self._notes + len(notes), self._pieces + 1
        self._bits += [] if bits is None else [bits]
        for onset, pitch in notes:
            bar, place = divmod(onset, bar_pulses)
            begins, chord = [span for span in progression.spans(bar, bar_pulses, beats) if span[0] <= place][-1]
            if chord is None:
                continue
            where = "where the chord begins" if place == begins else "on other beats"
            self._hits[where if place * beats % bar_pulses == 0 else "between beats"].append(
                pitch % 12 in chord.pitch_classes
            )
            if place == begins and pitch == lowest[onset] <= HIGHEST_BASS:
                self._hits["the bass where the chord begins"].append(pitch % 12 == chord.bass)

    def shares(self) -> dict[str, float]:
        """For JSON."""
        found = {where: round(float(np.mean(hits)), 3) for where, hits in sorted(self._hits.items())}
        found["pitched notes a bar"] = round(self._notes / max(1, self._pieces) / BARS, 2)
        return found | ({"bits a note": round(float(np.mean(self._bits)), 2)} if self._bits else {})


def bits_a_note(model: MusicModel, style: int, draft: Draft, seed: Seed, stay: float) -> float:
    """Of the events of a draft, by the model that goes on from the same seed and is asked for nothing."""
    generator, bits = READ_SEEDS.generator(model, style, seed.read(model.reads_scores).events, stay), 0.0
    for event in draft.events:
        bits += generator.nll(event) / np.log(2)
        generator.push(event)
    return bits / max(1, sum(event[3] < END for event in draft.events))


def pitched(song: Song) -> Notes:
    """Its notes but those of drums."""
    return [(int(n[0]), int(n[1])) for track in song.tracks if not track.is_drum for n in track.array.tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=12)
    parser.add_argument("--model")
    parser.add_argument("--style")
    parser.add_argument("--stay", type=float, default=0.5)
    given = parser.parse_args()
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    pieces = 0
    for number, pair in enumerate(pairs_in(given.folder, given.pieces)):
        seed, metre = Seed.of(pair.seed), pair.seed.time_signatures[-1]
        own, key = chords_after(seed), seed.key
        if own is None or key is None:
            continue
        pieces += 1
        tallies["true"].add(pitched(pair.true), own, metre)
        model, style = choose_model(given.model, given.style, seed)
        asked = {"none": None, "seed": own, "near": loop_in(key, 0), "far": loop_in(key, FAR_SEMITONES)}
        for name, chords in asked.items():
            sampling, read = Sampling(constraints=NoteConstraints(chords=chords)), seed.read(model.reads_scores)
            draft = drawn(begin(model, read, model.style_number(style), sampling, number, given.stay))
            drawn(draft.drawing(seed.join_pulse + BARS * metre.bar_pulses))
            bits = bits_a_note(model, model.style_number(style), draft, seed, given.stay)
            new = [(int(n[0]) - seed.join_pulse, int(n[2])) for n in draft.new_notes.tolist()]
            drums = [track.is_drum for track in draft.tracks]
            notes = [note for note, row in zip(new, draft.new_notes.tolist(), strict=True) if not drums[row[1]]]
            tallies[name].add(notes, chords or own, metre, bits)
    print(json.dumps({"pieces": pieces, **{name: tally.shares() for name, tally in tallies.items()}}, indent=1))


if __name__ == "__main__":
    main()
