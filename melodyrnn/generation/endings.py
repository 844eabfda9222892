"""How a piece ends that the model ends: on the tonic, where that is likely enough."""

import numpy as np

from melodyrnn.encoding.events import DRUM, END, EventSequence, decode
from melodyrnn.generation.generator import Event, Generator
from melodyrnn.music.scales import estimate_key
from melodyrnn.music.song import Song

TONIC_NATS = 9.0  # the advantage of an end on the tonic, for each note that ends it: about as many as real ones do
ENDING_BARS = 2  # that may be drawn anew: a cadence
CANDIDATES = 6


def likeliest_end(before: Generator, heard: list[Event], last: list[Event], pulse: int) -> list[Event]:
    """The last bars and the end of a piece, at the bar line at `pulse`. `before` has taken in the events `heard`.

    They may be as they were drawn, `last`; or with their last note, where one voice ends it, moved to the tonic; or
    drawn anew. Of these the likeliest is taken, where an end on the tonic has an advantage.
    """
    endings = [last, *_on_tonic(heard, last)]
    silence = _end_of_sound(before.copy(), last)
    for draft in before.drafts(CANDIDATES):
        ending: list[Event] = []
        while (event := draft.next_event())[3] < END and draft.constraints.pulse(event) < silence:
            event = (*event[:4], min(event[4], silence - draft.constraints.pulse(event)), event[5])
            draft.push(event)
            ending.append(event)
        endings += [ending] * (draft.constraints.pulse(draft.constraints.end()) == pulse)

    def nats(ending: list[Event]) -> float:
        generator, total = before.copy(), 0.0
        for event in ending:
            total += generator.nats(event)
            generator.push(event)
        return total + nats_of_end(generator, decode(EventSequence(np.array([*heard, *ending]))))

    ending = min(endings, key=nats)
    for event in ending:
        before.push(event)
    return [*ending, before.constraints.end()]


def _end_of_sound(generator: Generator, events: list[Event]) -> int:
    end = 0
    for event in events:
        generator.push(event)
        end = max(end, generator.context.cursor.pulse + event[4])
    return end


def _on_tonic(heard: list[Event], last: list[Event]) -> list[list[Event]]:
    """The last bars with their last note on the nearest tonic of a piece, if there is a key, and one voice ends it."""
    song = decode(EventSequence(np.array([*heard, *last])))
    key, (bars, place, part, pitch, duration, velocity) = estimate_key(song), last[-1]
    notes = np.concatenate([track.array for track in song.tracks])
    alone = (notes[:, 0] + notes[:, 2] > notes[:, 0].max()).sum() == 1
    if key is None or pitch >= DRUM or not alone:
        return []
    distance = (key.tonic - pitch + 6) % 12 - 6
    return [[*last[:-1], (bars, place, part, pitch + distance, duration, velocity)]] * (0 <= pitch + distance < DRUM)


def nats_of_end(generator: Generator, song: Song, pulse: int = 0) -> float:
    """-log p that the music which `generator` has heard, and `song` is, ends at the first bar line after all notes, and
    after `pulse` of its time. Less where it ends on the tonic.
    """
    return generator.nats(generator.constraints.end(pulse)) - TONIC_NATS * notes_on_tonic(song)


def notes_on_tonic(song: Song) -> int:
    """How many melodic notes begin last, if the lowest is the tonic of the key that all notes suggest; 0 if not."""
    melodic = [track.array for track in song.tracks if not track.is_drum and len(track)]
    key = estimate_key(song)
    if key is None or not melodic:
        return 0
    notes = np.concatenate(melodic)
    last = notes[notes[:, 0] == notes[:, 0].max()]
    return len(last) if last[:, 1].min() % 12 == key.tonic else 0
