"""A play mode decides which music plays. Endless and Dialogue are the two."""

from typing import Protocol

from melodyrnn.live.score.request import Request
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import SongPulse


class PlayMode(Protocol):
    """The player calls it when something happens; it returns a request if other music is to play from then on."""

    @property
    def answers(self) -> bool | None:
        """Whether it answers a player; False while it listens, None if it never does."""

    @property
    def wakes_at(self) -> SongPulse | None:
        """The pulse at which it wants `wake` to be called."""

    @property
    def attends(self) -> bool:
        """Whether a player plays to it, so that it may request an answer at any moment."""

    def locate(self, pulse: SongPulse, was: SongPulse) -> Request:
        """The song goes to `pulse`, having been at `was`."""

    def change(self, settings: Settings, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Other settings, from the next bar on; music is known up to `frontier`."""

    def again(self, bars: int, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Repeat the last bars."""

    def wake(self, pulse: SongPulse) -> Request | None:
        """It is the pulse of `wakes_at`."""

    def key(self, pulse: SongPulse, pitch: int, velocity: int) -> Request | None:
        """A key of the player moves; `velocity` 0 is up."""

    def pedal(self, pulse: SongPulse, down: bool) -> None:
        """The player's sustain pedal moves."""

    def played(self, pulse: SongPulse) -> None:
        """A note was sent."""
