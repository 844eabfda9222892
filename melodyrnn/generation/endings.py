"""The ending of a piece where the model decides when to stop; prefers the tonic."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.encoding.events import DRUM, END
from melodyrnn.generation.draft import Draft, lead_into
from melodyrnn.generation.generator import Event
from melodyrnn.music.scales import estimate_key
from melodyrnn.music.song import Song

TONIC_NATS = 9.0  # the advantage of an end on the tonic, for each note that ends it: about as many as real ones do
ENDING_BARS = 2  # that may be drawn anew: a cadence
CANDIDATES = 6


def likeliest_end(before: Draft, drawn: Draft) -> Draft:
    """The draft that ends a piece best: `drawn`, which has just come to an end, or another with the same length.

    Others are `drawn` with its last note moved to the tonic, where one voice ends it, and drafts that are drawn anew
    from `before`, which is `drawn` some bars earlier. An end on the tonic has an advantage.
    """
    count, end = len(before.events), drawn.end_pulse
    notes = drawn.new_notes[len(before.new_notes) :]
    silence = int((notes[:, 0] + notes[:, 3]).max(initial=0))

    def draw(draft: Draft) -> bool:
        while (event := draft.generator.next_event())[3] < END and draft.pulse(event) < silence:
            draft.take(event, silence)
        return draft.end_pulse == end

    def nll(draft: Draft) -> float:
        generator, total = before.generator.copy(), 0.0
        for event in draft.events[count:]:
            total += generator.nll(event)
            generator.push(event)
        return total + nll_of_end(draft, end)

    return lead_into(before, draw, nll, CANDIDATES, [drawn, *_on_tonic(before, drawn)])


def _on_tonic(before: Draft, drawn: Draft) -> list[Draft]:
    """The draft with its last note on the nearest tonic: if there is a key, one voice ends it, and it may play that."""
    key, notes = estimate_key(drawn.song(drawn.end_pulse)), drawn.notes
    *others, (bars, place, part, pitch, duration, velocity) = drawn.events[len(before.events) :]
    alone = (notes[:, 0] + notes[:, 3] > notes[:, 0].max()).sum() == 1
    if key is None or pitch >= DRUM or not alone:
        return []
    event = (bars, place, part, pitch + (key.tonic - pitch + 6) % 12 - 6, duration, velocity)
    draft = _played(before, others)
    if not draft.generator.is_legal(event):
        return []
    draft.take(event)
    return [draft]


def _played(draft: Draft, events: Sequence[Event]) -> Draft:
    draft = draft.copy()
    for event in events:
        draft.take(event)
    return draft


def nll_of_end(draft: Draft, pulse: int) -> float:
    """-log p that the music ends with the bar line at `pulse`. Less where it ends on the tonic."""
    end = draft.generator.grammar.end(pulse - draft.start_pulse)
    return draft.generator.nll(end) - TONIC_NATS * notes_on_tonic(draft.song(pulse))


def notes_on_tonic(song: Song) -> int:
    """How many melodic notes begin last, if the lowest is the tonic of the key that all notes suggest; 0 if not."""
    melodic = [track.array for track in song.tracks if not track.is_drum and len(track)]
    key = estimate_key(song)
    if key is None or not melodic:
        return 0
    notes = np.concatenate(melodic)
    last = notes[notes[:, 0] == notes[:, 0].max()]
    return len(last) if last[:, 1].min() % 12 == key.tonic else 0
