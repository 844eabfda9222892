"""A part: what decides which music is played. Endless and Dialogue are the two there are."""

from typing import Protocol

from melodyrnn.live.score.request import Request
from melodyrnn.live.score.settings import Settings


class PlayMode(Protocol):
    """Asked by the player when something happens; answers with what is to be heard from then on, if that changes."""

    @property
    def answers(self) -> bool | None:
        """Whether it answers; False while it listens, None where it never does."""

    @property
    def wakes_at(self) -> int | None:
        """The pulse at which it wants to be woken."""

    def locate(self, pulse: int, was: int) -> Request:
        """The song goes to `pulse`, having been at `was`."""

    def change(self, settings: Settings, pulse: int, frontier: int) -> Request | None:
        """Other settings, from the next bar on; music is known up to `frontier`."""

    def again(self, bars: int, pulse: int, frontier: int) -> Request | None:
        """The last bars once more."""

    def wake(self, pulse: int) -> Request | None:
        """It is the pulse it wanted to be woken at."""

    def key(self, pulse: int, pitch: int, velocity: int) -> Request | None:
        """A key of the player moves; `velocity` 0 is up."""

    def pedal(self, pulse: int, down: bool) -> None:
        """The player's sustain pedal moves."""

    def played(self, pulse: int) -> None:
        """A note was sent."""
