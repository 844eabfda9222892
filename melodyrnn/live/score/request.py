"""A request for music: which music plays from when on."""

from dataclasses import dataclass
from typing import NamedTuple

from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse, SongPulse
from melodyrnn.music.song import Note

NOTICE_PULSES = 3  # music that begins on a pulse is requested so much earlier: drawing its first note takes a moment


@dataclass(frozen=True, slots=True)
class Call:
    """The notes that a player played from `start` on, to be answered from `end` on. Onsets are pulses of the song."""

    start: SongPulse
    end: SongPulse
    notes: tuple[Note, ...]


class Answer(NamedTuple):
    """Music to compose as the answer to a call, with its settings. The last answer played up to `played_until`."""

    call: Call
    played_until: MusicPulse
    settings: Settings


@dataclass(frozen=True, slots=True)
class Request:
    """From `at` on, until `end` (None: without end), play the music from its pulse `start` on.

    `start` None: play nothing. `release`: every note that sounds ends at once. `change` (bar, settings): these settings
    hold from that bar of the music on. `answer`: the music answers a player, and begins where his call ends.
    """

    at: SongPulse
    start: MusicPulse | None
    end: SongPulse | None = None
    change: tuple[int, Settings] | None = None
    answer: Answer | None = None
    release: bool = False


def next_line(pulse: SongPulse, spacing: int) -> SongPulse:
    """The first multiple of `spacing` that leaves NOTICE_PULSES after `pulse`."""
    return SongPulse(-(-(int(pulse) + NOTICE_PULSES) // spacing) * spacing)
