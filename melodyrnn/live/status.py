"""The state of a session at a moment, to be shown."""

from typing import NamedTuple

from melodyrnn.live.player import Player
from melodyrnn.live.time.follower import ExternalTransport
from melodyrnn.music.pulses import PULSES_PER_QUARTER


class Status(NamedTuple):
    """Bars and beats count from 1. `bpm` is None while a clock is waited for. `answers`: see PlayMode.

    `look_ahead_pulses` of music are ready. `late_pulses` and `skipped`: see Schedule. `sounding`: (channel, pitch).
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
        """The status of a player, read from another thread: each figure is right, though they may be a moment apart."""
        transport, schedule, pulse = player.transport, player.schedule, max(int(player.position), 0)
        clock: str = "internal"
        bpm: float | None = player.bpm
        if isinstance(transport, ExternalTransport):
            clock = "following"
            if not transport.runs(now):
                clock, bpm = transport.waits_for, None
        bar, place = divmod(pulse, player.bar_pulses)
        port = player.output.line.port
        return cls(
            port.name if port else "lost",
            clock,
            bpm,
            bar + 1,
            place // PULSES_PER_QUARTER + 1,
            player.settings.style,
            player.answers,
            max(0, int(min(schedule.frontier, schedule.end)) - pulse),
            schedule.late_pulses + player.held_pulses,
            schedule.skipped,
            player.output.notes_sent,
            tuple(player.output.ledger.owed()),
        )
