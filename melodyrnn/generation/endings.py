"""The ending of a piece where the model decides when to stop; prefers a chord on the tonic."""

from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np

from melodyrnn.encoding.events import DRUM, END
from melodyrnn.generation.draft import Draft
from melodyrnn.generation.generator import Event
from melodyrnn.generation.side_by_side import Ask, Drawing, together
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.song import Song

TONIC_NATS = 9.0  # the advantage of an end on the tonic, for each note that ends it: about as many as real ones do
ENDING_BARS = 2  # that may be drawn anew: a cadence
CANDIDATES = 6
NEAR_SEMITONES = 7  # that a voice of the last chord may move


def likeliest_end(before: Draft, drawn: Draft) -> Drawing[Draft]:
    """The draft that ends a piece best: `drawn`, which has just come to an end, or another with the same length.

    Others are drafts that are drawn anew from `before`, which is `drawn` some bars earlier, and any of them with its
    last chord moved to the tonic. An end on the tonic has an advantage.
    """
    count, end = len(before.events), drawn.end_pulse
    notes = drawn.new_notes[len(before.new_notes) :]
    silence = int((notes[:, 0] + notes[:, 3]).max(initial=0))

    def draw(draft: Draft) -> Drawing[bool]:
        while True:
            (event,) = yield [Ask(draft.generator)]
            if event[3] >= END or draft.pulse(event) >= silence:
                return draft.end_pulse == end
            draft.take(event, silence)

    def nll(draft: Draft) -> float:
        generator, total = before.generator.copy(), 0.0
        for event in draft.events[count:]:
            total += generator.nll(event)
            generator.push(event)
        return total + nll_of_end(draft, end)

    branches = list(before.branches(CANDIDATES))
    same_length = yield from together([draw(branch) for branch in branches])
    drafts = [drawn, *compress(branches, same_length)]
    return min((*drafts, *(rest for draft in drafts for rest in _at_rest(before, draft))), key=nll)


def _at_rest(before: Draft, drawn: Draft) -> list[Draft]:
    """The draft with its last chord, or note, on the tonic: if there is a key, and the lowest note may be that.

    None where chords are asked for: the last one says where the piece ends.
    The lowest voice moves to the nearest tonic, each other voice to the likeliest note of the tonic triad above.
    """
    if drawn.generator.follows_chords:
        return []
    key, events = estimate_key(drawn.song(drawn.end_pulse)), drawn.events[len(before.events) :]
    first = len(events) - 1
    while first > 0 and not events[first][0] and events[first - 1][1] == events[first][1]:
        first -= 1
    melodic = [event[3] for event in events[first:] if event[3] < DRUM]
    onsets, ends = drawn.notes[:, 0], drawn.notes[:, 0] + drawn.notes[:, 3]
    if key is None or not melodic or ((onsets < onsets.max()) & (ends > onsets.max())).any():
        return []
    lowest = min(melodic)
    bass = lowest + (key.tonic - lowest + 6) % 12 - 6
    triad = {key.pitch_classes[degree] for degree in (0, 2, 4)}
    draft = _played(before, events[:first])
    for event in events[first:]:
        pitch = event[3]
        if pitch >= DRUM:
            pitches: Iterable[int] = (pitch,)
        elif pitch == lowest:
            pitches = (bass,)
        else:
            near = range(max(bass, pitch - NEAR_SEMITONES), pitch + NEAR_SEMITONES + 1)
            pitches = (other for other in near if other % 12 in triad)
        ways = [(*event[:3], other, *event[4:]) for other in pitches]
        legal = [way for way in ways if draft.generator.is_legal(way)]
        if not legal:
            return []
        draft.take(min(legal, key=draft.generator.nll))
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
