"""Where the song is: pulses against seconds, by this machine's clock."""

from typing import Protocol

from melodyrnn.live.time.axes import SongPulse
from melodyrnn.music.pulses import seconds_per_pulse


class Transport(Protocol):
    """Knows which pulse it is, and when the next ones come."""

    @property
    def bpm(self) -> float:
        """Quarter notes a minute, at present."""

    def runs(self, now: float) -> bool:
        """Whether pulses come."""

    def pulse(self, now: float) -> SongPulse:
        """The last pulse that has come. While the song runs it never falls, unless the position is set."""

    def look_again(self, pulse: SongPulse) -> float:
        """The time at which `pulse` is expected, or at which it is clear that it does not come."""

    def hold(self, pulses: int) -> bool:
        """Let the song stand still for the last so many pulses, if this transport keeps the time -> whether it does."""


class InternalTransport:
    """A steady tempo. Pulse p comes at origin + p pulses: nothing is summed, so nothing drifts."""

    def __init__(self, bpm: float) -> None:
        self._bpm = bpm
        self._origin_seconds: float | None = None
        self._origin_pulse = 0.0

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return self._bpm

    def start(self, now: float) -> None:
        """Pulse 0 is now."""
        self._origin_seconds, self._origin_pulse = now, 0.0

    def set_tempo(self, bpm: float, now: float) -> None:
        """Another tempo from now on; the position stays."""
        if self._origin_seconds is not None:
            self._origin_pulse = self._position(now)
            self._origin_seconds = now
        self._bpm = bpm

    def runs(self, now: float) -> bool:  # noqa: ARG002
        """Whether it was started."""
        return self._origin_seconds is not None

    def pulse(self, now: float) -> SongPulse:
        """See Transport."""
        return SongPulse(int(self._position(now) // 1))

    def look_again(self, pulse: SongPulse) -> float:
        """When `pulse` comes."""
        if self._origin_seconds is None:
            return float("inf")
        return self._origin_seconds + (int(pulse) - self._origin_pulse) * seconds_per_pulse(self._bpm)

    def hold(self, pulses: int) -> bool:
        """See Transport: this one keeps the time."""
        self._origin_pulse -= pulses
        return True

    def _position(self, now: float) -> float:
        if self._origin_seconds is None:
            return self._origin_pulse
        # A hair early rather than late: look_again(p) must be a time at which pulse p has come.
        return self._origin_pulse + (now - self._origin_seconds) / seconds_per_pulse(self._bpm) + 1e-7
