"""What there is to see of a session at a moment."""

from typing import NamedTuple

from melodyrnn.live.player import Player
from melodyrnn.live.time.follower import ExternalTransport
from melodyrnn.music.pulses import PULSES_PER_QUARTER


class Status(NamedTuple):
    """Bars and beats count from 1. `bpm` is None where a clock is waited for. `answers`: see PlayMode.

    Look-ahead: pulses of music that are ready. `late` and `skipped`: see Schedule.
    """

    port: str
    clock: str
    bpm: float | None
    bar: int
    beat: int
    style: str
    answers: bool | None
    look_ahead_pulses: int
    late_pulses: int
    skipped: int
    notes_sent: int
    sounding: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, player: Player, now: float) -> "Status":
        """Of a player, as seen from another thread: each figure is right, though they may be a moment apart."""
        transport, schedule, pulse = player.transport, player.schedule, max(player.position, 0)
        clock: str = "internal"
        bpm: float | None = transport.bpm
        if isinstance(transport, ExternalTransport):
            clock = "following"
            if not transport.runs(now):
                clock, bpm = transport.waits_for, None
        bar, place = divmod(pulse, player.bar_pulses)
        port = player.output.port
        return cls(
            port.name if port else "lost",
            clock,
            bpm,
            bar + 1,
            place // PULSES_PER_QUARTER + 1,
            player.settings.style,
            player.answers,
            max(0, min(schedule.frontier, schedule.end) - pulse),
            schedule.late_pulses + player.held_pulses,
            schedule.skipped,
            player.output.notes_sent,
            tuple(player.output.ledger.owed()),
        )
