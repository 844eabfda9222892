"""What comes in beside a dialogue: chords to play to, and phrases to go on from. `at` is where the song is."""

import time

from melodyrnn.live.score.chord import HeldChord
from melodyrnn.live.score.request import NOTICE_PULSES
from melodyrnn.live.time.bars import Bars
from melodyrnn.music.chords import Chord
from melodyrnn.music.pulses import seconds_per_pulse
from melodyrnn.music.song import Song
from melodyrnn.plugin.capture import Capture
from melodyrnn.plugin.places import rolls
from melodyrnn.plugin.protocol import Record
from melodyrnn.plugin.timeline import Timeline


class Listening:
    """Follows the keys of a song with a timeline."""

    def __init__(self) -> None:
        self._held, self._capture = HeldChord(), Capture()

    def release(self) -> None:
        """All keys of a chord count as up."""
        self._held.release()

    def chord(self, key: Record, velocity: int, at: Record, timeline: Timeline) -> tuple[int, Chord] | None:
        """A key of a chord moves -> the chord now held, if it is another, and the bar from which on it holds.

        That is the next whose line leaves notice; where the song stands, the bar that it stands in.
        """
        bars, pulse = timeline.bars, _pulse(key, at, timeline)
        chord = self._held.key(key.data[1], velocity, pulse * seconds_per_pulse(at.value))
        if chord is None:
            return None
        return max(bars.bar(bars.next_line(pulse + NOTICE_PULSES)) if rolls(at) else key.bar, 0), chord

    def captured_key(self, key: Record, velocity: int, at: Record, timeline: Timeline) -> None:
        """A key of a phrase moves."""
        self._capture.key(_pulse(key, at, timeline), key.data[0] & 0x0F, key.data[1], velocity)

    def phrase(self, at: Record, timeline: Timeline, *, ended: bool = False) -> Song | None:
        """The phrase that was captured, if it is over, or `ended` because the song starts, stops or goes elsewhere."""
        metre = timeline.metre(max(at.bar, 0))
        bars = timeline.bars if rolls(at) else Bars(metre.bar_pulses)
        return self._capture.take(_pulse(at, at, timeline), metre, bars, ended)


def _pulse(record: Record, at: Record, timeline: Timeline) -> int:
    """A pulse that only rises: of the song, or, while it stands, of one that would roll."""
    if rolls(at):
        return timeline.bars.line(record.bar) + int(record.pulse)
    return int(time.monotonic() / seconds_per_pulse(at.value))
