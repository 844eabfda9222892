"""The session of `melodyrnn live`: shown in the terminal, recorded, and run until it is ended."""

from collections.abc import Sequence
from typing import Any

from melodyrnn import api
from melodyrnn.cli.show.live import Display
from melodyrnn.cli.signals import ending_on_signals
from melodyrnn.files import check_writable
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.wire.controls import Control
from melodyrnn.live.wire.ports import LivePorts
from melodyrnn.stage import Recording, Stage


def play(asked: dict[str, Any], table: Sequence[Control], ports: LivePorts) -> None:
    """Open the ports and play until it is ended. `asked`: the command's options. PortError if a port is missing."""
    record = asked["record"]
    if record is not None:
        check_writable([record], asked["overwrite"])
    stage, display = Stage(asked, table, api.load_seed(asked["seed"])), Display()
    session = stage.session(ports, Recording(stage.metre, stage.about(), record, stage.names), display.report)
    port = session.status().port
    with ending_on_signals(session.end), one_thread(), display:
        session.run(
            lambda: display.show(session.status()),
            listening=lambda: display.report(f"playing into {port}, random seed {stage.random_seed}"),
        )
    display.sum_up(session.status(), record)
