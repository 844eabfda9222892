"""A composer: a source of live music, bar after bar without end, any bar again, and answers to a player."""

from typing import NamedTuple, Protocol

from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse


class MusicNote(NamedTuple):
    """A note as the composer makes it. `program`: the instrument of its channel."""

    onset_pulses: MusicPulse
    channel: int
    program: int
    pitch: int
    duration_pulses: int
    velocity: int


class Passage(NamedTuple):
    """Composed music: `notes` in order, and the pulse before which there are no others."""

    notes: tuple[MusicNote, ...]
    until: MusicPulse


class Composer(Protocol):
    """A source of music. Its bars count from where live playing starts."""

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""

    def change(self, bar: int, settings: Settings) -> None:
        """Compose like this from that bar on. Earlier changes at later bars are forgotten."""

    def rewind(self, pulse: MusicPulse) -> None:
        """Go to a pulse: the next music begins there."""

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:
        """Take in the notes of a player; the next music answers them, with these settings.

        `played_until`: the rest of the last answer was not played, and is forgotten.
        """

    def compose(self) -> Passage:
        """A little more music. It may take a while, and hold no note."""

    def learn(self) -> bool:
        """Learn a little from the player, while no music is wanted -> whether there was anything to learn."""
