"""A live session put together: one configuration, a composer and ports become a Session that is ready to run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from melodyrnn.live.player import Player
from melodyrnn.live.score.chord import HeldChord
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.composer import Composer
from melodyrnn.live.score.dialogue import Dialogue
from melodyrnn.live.score.endless import Endless
from melodyrnn.live.score.phrases import as_played, quantized
from melodyrnn.live.score.play_mode import PlayMode
from melodyrnn.live.score.prefetch import DEFAULT_LOOK_AHEAD_PULSES
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.session import Session
from melodyrnn.live.supervisor import Recorder, Supervisor
from melodyrnn.live.time.bars import Bars
from melodyrnn.live.time.clock import Clock, SystemClock
from melodyrnn.live.time.follower import ExternalTransport
from melodyrnn.live.time.transport import InternalTransport
from melodyrnn.live.wire.clock_sender import ClockSender
from melodyrnn.live.wire.controls import Control, Controls
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.output import Output
from melodyrnn.live.wire.ports import LivePorts

DEFAULT_BPM = 120.0
READINGS = {"played": as_played, "quantized": quantized}


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """How a session plays, from its first bar on.

    `styles`: those that a program change or controller can choose. `clock`: keep the time, follow the clock that comes
    in, or keep the time and send it. `respond`: answer the player after so many bars, or when he pauses; None: play
    without end. `reading`: how his notes are read. `harmony`: keep to the chord held last. `last_bar`: end after so
    many bars. `clock_transport`: send Start, Stop, Continue and Song Position with the clock.
    """

    settings: Settings
    styles: tuple[str, ...] = ()
    bpm: float = DEFAULT_BPM
    clock: Literal["internal", "external", "send"] = "internal"
    clock_transport: bool = True
    respond: int | Literal["pause"] | None = None
    reading: Literal["played", "quantized"] = "played"
    harmony: bool = False
    controls: tuple[Control, ...] = ()
    look_ahead_pulses: int = DEFAULT_LOOK_AHEAD_PULSES
    last_bar: int | None = None


def assemble(
    config: LiveConfig,
    composer: Composer,
    ports: LivePorts,
    recorder: Recorder,
    report: Callable[[str], None],
    clock: Clock | None = None,
) -> Session:
    """Open the output port and put a session together; its inputs open when it runs. PortError if a port is missing.

    `report` takes lines for the user. `clock`: this machine's unless another is given.
    """
    lines = [Line(ports.open_output())]
    if ports.open_clock:
        lines.append(Line(ports.open_clock()))
    compose_thread = ComposeThread(composer)
    player = assemble_player(config, composer.bar_pulses, compose_thread, *lines)
    supervisor = Supervisor(player, ports, recorder, report)
    return Session(clock or SystemClock(), player, compose_thread, supervisor)


def assemble_player(
    config: LiveConfig, bar_pulses: int, compose_thread: ComposeThread, line: Line, clock_line: Line | None = None
) -> Player:
    """The player of a session, without the threads around it. Without `clock_line` the clock goes where notes go."""
    return Player(
        Output(line),
        ClockSender(clock_line or line, config.clock_transport) if config.clock == "send" else None,
        ExternalTransport(config.bpm) if config.clock == "external" else InternalTransport(config.bpm),
        compose_thread,
        _play_mode(config, bar_pulses),
        Controls(config.controls, config.styles),
        config.settings,
        bar_pulses,
        config.look_ahead_pulses,
        config.last_bar,
        HeldChord() if config.harmony else None,
    )


def _play_mode(config: LiveConfig, bar_pulses: int) -> PlayMode:
    lines = Bars(bar_pulses)
    if config.respond is None:
        return Endless(lines, lines)
    bars = None if config.respond == "pause" else config.respond
    return Dialogue(lines, config.settings, bars, READINGS[config.reading])
