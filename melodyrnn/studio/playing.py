"""The process that plays live: one session, which it tells all about, until its input ends.

The first line of its input is what to play; the others turn knobs and press buttons.
"""

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from melodyrnn import api
from melodyrnn.errors import MelodyRnnError, OptionError
from melodyrnn.generation import Seed
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.inbox import Posted
from melodyrnn.live.session import Session
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.live.wire.controls import Chosen, Pressed, Turned
from melodyrnn.live.wire.output import Output
from melodyrnn.messages import NOTE_OFF, NOTE_ON, PROGRAM
from melodyrnn.music import TimeSignature
from melodyrnn.stage import Recording, Stage, live_ports
from melodyrnn.studio.telling import Message, Tell, teller

STATUS_SECONDS = 0.5
WATCH_SECONDS = 0.05
SHOWN = ("port", "clock", "bpm", "bar", "beat", "style", "answers", "late_pulses", "notes_sent")
MOVING = ("bpm", "bar", "beat", "late_pulses", "notes_sent", "pulse")  # told now and then, not at each change


class Shown(Recording):
    """A recording that also keeps what was sent, for the page to take."""

    def __init__(self, metre: TimeSignature, about: dict[str, Any], path: Path, names: Mapping[int, str]) -> None:
        super().__init__(metre, about, path, names)
        self._lock = threading.Lock()
        self._programs: dict[int, int] = {}
        self._notes: list[list[int | None]] = []
        self._ended: list[list[int]] = []

    def add(self, pulse: int, message: bytes) -> None:
        """A message was sent."""
        super().add(pulse, message)
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        with self._lock:
            if kind == PROGRAM:
                self._programs[channel] = message[1]
            elif kind == NOTE_ON and message[2]:
                self._notes.append([pulse, message[1], None, message[2], channel, self._programs.get(channel, 0)])
            elif kind in (NOTE_ON, NOTE_OFF):
                self._ended.append([pulse, message[1], channel])

    def taken(self) -> Message | None:
        """What was sent since the last time; None if nothing was."""
        with self._lock:
            notes, ended, self._notes, self._ended = self._notes, self._ended, [], []
        return {"notes": notes, "ended": ended} if notes or ended else None


class Show:
    """Tells what a session does, each time it is looked at."""

    def __init__(self, session: Session, recording: Shown, random_seed: int, tell: Tell) -> None:
        self._session, self._recording, self._random_seed, self._tell = session, recording, random_seed, tell
        self._ahead: tuple[object, ...] = ()
        self._standing: Message = {}
        self._next = 0.0

    def look(self) -> None:
        """Tell what is new."""
        player = self._session.player
        pulse = int(player.output.take_pulse(player.position))
        if sent := self._recording.taken():
            self._tell({"type": "sent", **sent, "pulse": pulse})
        if self._ahead != (ahead := (player.schedule.notes, player.schedule.known_until)):
            self._ahead = ahead
            self._tell({"type": "ahead", **_ahead(player.output, *ahead)})
        live = {**self._live(), "pulse": pulse}
        standing = {name: value for name, value in live.items() if name not in MOVING}
        if time.monotonic() >= self._next or standing != self._standing:
            self._next, self._standing = time.monotonic() + STATUS_SECONDS, standing
            self._tell({"type": "live", "live": live})

    def _live(self) -> Message:
        status = self._session.status()
        return {
            "state": "waiting" if status.bpm is None else "playing",
            "error": None,
            **{name: getattr(status, name) for name in SHOWN},
            "bar_pulses": self._session.player.bar_pulses,
            "random_seed": self._random_seed,
        }


def _ahead(output: Output, notes: Sequence[LiveNote], until: SongPulse) -> Message:
    """The notes that are ready, as the page draws them."""
    rows = [
        [int(output.take_pulse(n.onset_pulses)), n.pitch, n.duration_pulses, n.velocity, n.channel, n.program]
        for n in notes
    ]
    return {"notes": rows, "until_pulse": int(output.take_pulse(until))}


def main() -> None:
    """Play what the first line of standard input says."""
    tell = teller()
    try:
        play(json.loads(sys.stdin.readline()), sys.stdin, tell)
    except MelodyRnnError as error:
        tell({"type": "failed", "error": str(error)})
    except Exception as error:  # noqa: BLE001 - whatever ends it, the page gets a line
        tell({"type": "failed", "error": f"live playing failed ({type(error).__name__})"})


def play(asked: Message, lines: Iterable[str], tell: Tell) -> None:
    """Play until `lines` end. `asked`: the options of live playing, the ports, a seed, and where to write the take."""
    options, ports = asked["options"], asked["ports"]
    stage = Stage(options, (), _seed(asked))
    recording = Shown(stage.metre, stage.about(), Path(asked["record"]), stage.names)
    opened = live_ports(ports["port"], ports["virtual"], ports["input"], options["clock"])
    session = stage.session(opened, recording, lambda text: tell({"type": "report", "text": text}))
    show = Show(session, recording, stage.random_seed, tell)
    threading.Thread(target=_obey, args=(session, lines, tell), daemon=True).start()
    with one_thread():
        session.run(show.look, WATCH_SECONDS)
    show.look()


def _seed(asked: Message) -> Seed | None:
    if asked["seed_path"] is None:
        return None
    file = api.load_seed_file(asked["seed_name"], data=Path(asked["seed_path"]).read_bytes())
    return api.seed_in(file)


def _obey(session: Session, lines: Iterable[str], tell: Tell) -> None:
    """Do what each line says; where they end, so does the session."""
    for line in lines:
        said = json.loads(line)
        try:
            for posted in _posted(said):
                session.player.post(posted)
        except OptionError as error:
            tell({"type": "report", "text": str(error)})
    session.end()


def _posted(said: Message) -> Iterator[Posted]:
    if "press" in said:
        yield Pressed(said["press"], said["bars"])
    for name, value in said.get("knobs", {}).items():
        yield Chosen(value) if name == "style" else Turned(name, value)
