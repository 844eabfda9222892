"""What is asked of the worker: which music is to be heard from when on."""

from dataclasses import dataclass
from typing import NamedTuple

from melodyrnn.live.score.settings import Settings
from melodyrnn.music.song import Note

NOTICE_PULSES = 3  # what is to begin on a pulse is asked for so much before it: drawing the first note takes a moment


@dataclass(frozen=True, slots=True)
class Call:
    """What a player played from pulse `start` on, to be answered from pulse `end` on. Notes in pulses of the song."""

    start: int
    end: int
    notes: tuple[Note, ...]


class Answer(NamedTuple):
    """Music to be composed as the answer to a call, with its settings; the last answer was played up to `heard`."""

    call: Call
    heard: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class Request:
    """From pulse `at` of the song on, until `end` (None: without end), play the music from its pulse `start` on.

    `start` None: play nothing. `release`: what sounds is to stop at once. `change` (bar, settings): these settings hold
    from that bar of the music on. `answer`: the music answers a player, and begins where his call ends.
    """

    at: int
    start: int | None
    end: int | None = None
    change: tuple[int, Settings] | None = None
    answer: Answer | None = None
    release: bool = False


def next_line(pulse: int, spacing: int) -> int:
    """The first multiple of `spacing` for which there is notice enough at `pulse`."""
    return -(-(pulse + NOTICE_PULSES) // spacing) * spacing
