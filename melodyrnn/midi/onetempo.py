"""One tempo for a whole file."""

from collections.abc import Sequence

from melodyrnn.arrays import Bools
from melodyrnn.midi.trackevents import META, TimedEvent, TrackEvents

TEMPO = 0x51
MINUTE_MICROSECONDS = 60e6


def one_tempo(tracks: Sequence[TrackEvents], kept: Sequence[Bools], bpm: float) -> tuple[int, TimedEvent]:
    """Leave every tempo out of `kept` -> the new one, and the track for it: where the first was, or the first track."""
    homes = []
    for number, track in enumerate(tracks):
        tempos = track.metas(TEMPO)
        kept[number][tempos] = False
        homes += [number] * bool(tempos)
    data = bytes((META, TEMPO, 3)) + round(MINUTE_MICROSECONDS / bpm).to_bytes(3, "big")
    return (homes or [0])[0], TimedEvent(0, data)
