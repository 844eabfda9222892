"""How long the clip is that a file holds, as the ends of its tracks say."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.messages import NOTE_ON
from melodyrnn.midi.conductor import pulse_from_tick
from melodyrnn.midi.trackevents import TrackEvents
from melodyrnn.music.join import is_clip_end
from melodyrnn.music.metre import BarLines


def clip_end(tracks: Sequence[TrackEvents], ticks_per_quarter: int, music_end: int, lines: BarLines) -> int:
    """The pulse at which a clip ends whose last note ends at the pulse `music_end`. 0 if no track says more than that.

    A track speaks of a clip if it holds notes and waits for its end after its last event, until a bar line within
    reason (`is_clip_end`). So a track of tempos, a marker and automation after the music make it no longer.
    """
    ends = [pulse_from_tick(track.end_tick, ticks_per_quarter) for track in tracks if _waits_after_notes(track)]
    return max((end for end in ends if is_clip_end(end, music_end, lines)), default=0)


def _waits_after_notes(track: TrackEvents) -> bool:
    if not len(track) or track.end_tick == int(track.ticks[-1]):
        return False
    return bool(np.any(track.statuses & 0xF0 == NOTE_ON))
