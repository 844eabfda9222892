"""How much of the time parts sound: what sounds on both sides of a gap goes on sounding in it."""

import numpy as np

from melodyrnn.generation.draft import Notes
from melodyrnn.generation.gap import Gap
from melodyrnn.music.join import join_pulse
from melodyrnn.music.pulses import PULSES_PER_QUARTER, PULSES_PER_WHOLE
from melodyrnn.music.song import NoteArray, Song

AROUND_PULSES = 4 * PULSES_PER_WHOLE  # on either side of the gap
NATS_A_BEAT = 4.0  # for a beat in which a part is silent that would sound


class Sounding:
    """The share of the time for which each drawn part sounds around a gap: the lesser one of both sides.

    Of a part that has no notes outside the gap it is that of the notes that go. A stroke of a kit sounds for a beat.
    """

    def __init__(self, gap: Gap, song: Song) -> None:
        self._start = gap.start
        self._least = np.array([PULSES_PER_QUARTER * track.is_drum for track in song.tracks])
        rest = gap.without(song)
        begin, end = max(0, gap.start - AROUND_PULSES), min(gap.end + AROUND_PULSES, join_pulse(song))
        sides = [side for side in ((begin, gap.start), (gap.end, end)) if side[0] < side[1]]
        self._shares = dict[int, float]()
        for part in gap.parts:
            notes = rest.tracks[part].array
            where = sides if len(notes) else [(gap.start, gap.end)]
            notes = notes if len(notes) else song.tracks[part].array
            self._shares[part] = min((self._share(part, notes[:, [0, 2]], *side) for side in where), default=0.0)

    def _share(self, part: int, notes: NoteArray, start: int, end: int) -> float:
        """Of the time from one pulse to another, by (n, 2) onsets and durations of a part."""
        ends = notes[:, 0] + np.maximum(notes[:, 1], self._least[part])
        sounds = np.zeros(end - start, np.bool_)
        for onset, stop in zip((notes[:, 0] - start).clip(0).tolist(), (ends - start).clip(0).tolist(), strict=True):
            sounds[onset:stop] = True
        return float(sounds.mean())

    def missing_nats(self, notes: Notes, end: int) -> float:
        """What it costs that parts sound less from the start of the gap to a pulse, by all notes of the song."""
        missing = 0.0
        for part, share in self._shares.items():
            missing += max(0.0, share - self._share(part, notes[notes[:, 1] == part][:, [0, 3]], self._start, end))
        return NATS_A_BEAT * missing * (end - self._start) / PULSES_PER_QUARTER
