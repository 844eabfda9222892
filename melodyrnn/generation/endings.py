"""How a piece ends: the last bar is drawn a few times, and the one is taken after which an end is likeliest."""

import numpy as np

from melodyrnn.generation.generator import Event, Generator
from melodyrnn.music.events import BARS, END, EventSequence, decode
from melodyrnn.music.scales import estimate_key
from melodyrnn.music.song import Song

# By how much likelier than the model thinks an end on the tonic is: of 199 held-out folk tunes 0.78 end there, of those
# that the folk model ended by itself 0.35.
TONIC_NATS = 1.9
CANDIDATES = 4


def likeliest_end(before: Generator, heard: list[Event], last: list[Event], pulse: int) -> list[Event]:
    """The last bar and the end of a piece: the bar as it was drawn, `last`, or drawn again, whichever ends likeliest.

    `before` has taken in the events `heard`; `pulse` is the bar line at which the piece ends.
    """
    first, silence = before.copy(), 0
    for event in last:
        first.push(event)
        silence = max(silence, first.context.cursor.pulse + event[4])
    candidates = [(last, first)]
    for draft in before.drafts(CANDIDATES - 1):
        bar: list[Event] = []
        while (event := draft.next_event())[3] < END and draft.constraints.pulse(event) < silence:
            event = (*event[:4], min(event[4], silence - draft.constraints.pulse(event)), event[5])
            draft.push(event)
            bar.append(event)
        if bar:
            candidates.append((bar, draft))

    def nats(candidate: tuple[list[Event], Generator]) -> float:
        song = decode(EventSequence(np.array([*heard, *candidate[0]])))
        return nats_of_end(candidate[1], song, pulse)

    bar, ended = min(candidates, key=nats)
    return [*bar, _end(ended, pulse)]


def nats_of_end(generator: Generator, song: Song, pulse: int) -> float:
    """-log p that the music which `generator` has heard, and `song` is, ends at the bar line at `pulse` of its time."""
    return generator.nats(_end(generator, pulse)) - TONIC_NATS * ends_on_tonic(song)


def _end(generator: Generator, pulse: int) -> Event:
    cursor = generator.context.cursor
    bars = next((bars for bars in range(BARS) if cursor.bar_start(cursor.bar + bars) >= pulse), BARS - 1)
    return (bars, 0, 0, END, 0, 0)


def ends_on_tonic(song: Song) -> bool:
    """Whether the lowest of the last melodic notes to begin is the tonic of the key that the notes suggest."""
    melodic = [track.array for track in song.tracks if not track.is_drum and len(track)]
    key = estimate_key(song)
    if key is None or not melodic:
        return False
    notes = np.concatenate(melodic)
    last = notes[notes[:, 0] == notes[:, 0].max()]
    return bool(last[:, 1].min() % 12 == key.tonic)
