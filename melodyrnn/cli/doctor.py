"""`melodyrnn doctor`: a check-up of this machine, and what to do next on it."""

import json
import platform
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.show.text import say
from melodyrnn.messages import note_off, note_on

if TYPE_CHECKING:
    from melodyrnn.ports.devices import Output

SECONDS = 2.0
ANSWER_SECONDS = 1.0
NOTE_ON, NOTE_OFF = note_on(0, 60, 64), note_off(0, 60)
GOOD_P99_MS = 5.0  # two notes that are less than this apart are heard as one chord
WITHOUT = "everything but live playing works without"
FAST_NOTES = 20  # a second: what dense music asks of the model


@click.command(epilog="\b\nExamples:\n  melodyrnn doctor\n  melodyrnn doctor --port fluid\n  melodyrnn doctor --json")
@click.option("--port", metavar="NAME", help="Play a note into this port (middle C, half a second).")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def doctor(port: str | None, as_json: bool) -> None:
    """Check this machine: MIDI ports, timing, speed of the model. Prints what to do next. Takes ten seconds."""
    found = _examine(port)
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        for line in _lines(found):
            say(line)
    if port is not None and not found["note"]["sent"]:
        sys.exit(1)


def _examine(port: str | None) -> dict[str, Any]:
    from melodyrnn import __version__
    from melodyrnn.api import load_model
    from melodyrnn.errors import PortError
    from melodyrnn.live.timing import event_seconds, lateness, load, spread
    from melodyrnn.ports.devices import port_names, system_name

    found: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "midi": {"system": None},
    }
    try:
        found["midi"] = {"system": system_name(), **port_names()._asdict()}
    except PortError as error:
        found["midi"]["problem"] = str(error)
    found["sound"] = _sound()
    found["note"], output = _play(port)
    model = load_model()
    times = event_seconds(model)
    found["model"] = {"name": model.name, **spread(times), "notes_a_second": round(len(times) / sum(times))}
    send = (lambda: output.send(NOTE_OFF)) if output else (lambda: None)
    found["lateness"] = {"port": output.name if output else None, "idle": lateness(send, SECONDS)}
    with load(model):
        found["lateness"]["under_load"] = lateness(send, SECONDS)
    if output:
        output.close()
    found["next"] = _advice(found)
    return found


def _sound() -> dict[str, str]:
    """What plays a file without a port: FluidSynth and its sound font, or what is missing."""
    from melodyrnn.errors import MelodyRnnError
    from melodyrnn.sound import find_fluidsynth

    try:
        synth = find_fluidsynth()
    except MelodyRnnError as error:
        return {"problem": str(error)}
    return {"program": synth.program, "soundfont": str(synth.soundfont)}


def _play(port: str | None) -> tuple[dict[str, Any], "Output | None"]:
    """Send a note to the port, or round through a port of our own -> what became of it, and the port, still open."""
    from melodyrnn.errors import PortError
    from melodyrnn.ports.devices import open_output

    try:
        if port is None:
            return _play_round()
        output = open_output(port)
        output.send(NOTE_ON)
        time.sleep(0.5)
        output.send(NOTE_OFF)
    except PortError as error:
        return {"sent": False, "problem": str(error)}, None
    return {"sent": True, "port": output.name}, output


def _play_round() -> tuple[dict[str, Any], "Output"]:
    """Play a note into a virtual port, and listen to it. On Windows there are none, which is a PortError."""
    from melodyrnn.ports.devices import open_input, open_output, port_names

    came: list[float] = []
    there = port_names().outputs
    listening = open_input(None, "melodyrnn doctor", lambda _, at_seconds: came.append(at_seconds))
    try:
        own = [name for name in port_names().outputs if name not in there and "melodyrnn doctor" in name]
        output = open_output(own[0] if own else "melodyrnn doctor")
        sent = time.monotonic()
        output.send(NOTE_ON)
        output.send(NOTE_OFF)
        while len(came) < 2 and time.monotonic() < sent + ANSWER_SECONDS:
            time.sleep(0.001)
    finally:
        listening.close()
    round_trip = round((came[0] - sent) * 1000, 3) if came else None
    output.close()
    kept = open_output(None, "melodyrnn doctor")
    return {"sent": True, "port": "melodyrnn doctor", "came_back": len(came) == 2, "round_trip_ms": round_trip}, kept


def _advice(found: dict[str, Any]) -> list[str]:
    """The next steps on this system."""
    midi, note = found["midi"], found["note"]
    if midi["system"] is None:
        if found["machine"].startswith("Linux"):
            return [f"load ALSA's sequencer (sudo modprobe snd-seq), or start JACK or PipeWire; {WITHOUT}"]
        return [f"solve the MIDI problem above; {WITHOUT}"]
    advice = []
    if not note["sent"]:
        advice.append(note["problem"])
    elif note.get("came_back") is False:
        advice.append("the test note did not come back: another program may hold the port, or the MIDI system is stuck")
    slow = found["model"]["notes_a_second"] < FAST_NOTES
    late = found["lateness"]["under_load"]["p99_ms"] > GOOD_P99_MS
    if slow:
        advice.append("the model is slow here: close other programs, or choose a smaller model (melodyrnn models)")
    if late:
        advice.append("notes are late under load: plug in the charger, close other programs")
    if midi["outputs"]:
        advice.append(f'play into an existing port: melodyrnn live --port "{midi["outputs"][0]}"')
    if found["machine"].startswith("Windows"):
        advice.append(
            "a DAW needs a loopback port, of Windows MIDI Services or loopMIDI: choose it in the DAW and here"
        )
    else:
        advice.append("create a port, and choose it as a MIDI input in your DAW: melodyrnn live --virtual melodyrnn")
    return advice


def _lines(found: dict[str, Any]) -> list[str]:
    midi, note, model, late = found["midi"], found["note"], found["model"], found["lateness"]
    lines = [f"melodyrnn {found['version']}, Python {found['python']}, {found['machine']}"]
    if midi["system"] is None:
        lines.append(f"MIDI:    {midi['problem']}")
    else:
        ports = ", ".join(f"{len(midi[kind])} {kind}" for kind in ("inputs", "outputs"))
        lines.append(f"MIDI:    {midi['system']}, {ports} (melodyrnn ports lists them)")
    if not note["sent"]:
        lines.append(f"note:    not sent ({note['problem'] if midi['system'] else 'no MIDI system'})")
    elif "came_back" not in note:
        lines.append(f"note:    sent to {note['port']}: did you hear it?")
    elif note["came_back"]:
        lines.append(f"note:    sent through a virtual port, came back after {note['round_trip_ms']:.1f} ms")
    else:
        lines.append("note:    sent through a virtual port, did not come back")
    sound = found["sound"]
    lines.append(f"sound:   {sound.get('problem') or 'FluidSynth, with ' + sound['soundfont']}")
    what = "late at the port" if late["port"] else "late (no port: waiting alone)"
    for title, key in (("idle", "idle"), ("load", "under_load")):
        times = late[key]
        lines.append(f"{title + ':':<8} {_times(times)} {what}")
    lines.append(f"model:   {model['name']}, {model['notes_a_second']} notes a second: {_times(model)} a note")
    return [*lines, "next:", *(f"  {line}" for line in found["next"])]


def _times(times: dict[str, float]) -> str:
    return f"median {times['median_ms']:.2f}, p99 {times['p99_ms']:.2f}, max {times['max_ms']:.2f} ms"
