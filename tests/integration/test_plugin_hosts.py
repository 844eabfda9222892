"""The plugin in hosts that others have made: jalv on a JACK server, and Ardour without a window."""

import os
import shutil
import signal
import subprocess
from array import array
from contextlib import suppress
from pathlib import Path

import pytest

from melodyrnn.errors import PluginError
from melodyrnn.plugin.build import SOURCE, build, compiler
from melodyrnn.plugin.bundle import FOLDERS, engine_command, write_bundle
from melodyrnn.plugin.host import Host

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1]
CLICKS = HERE / "clicks.lv2"  # an instrument whose sound tells which notes came at which frame
BAR = 96000  # frames at 120 bpm and 48 kHz
SUPERCLOCK = 282_240_000  # Ardour's ticks a second
LATE = 2  # notes that may begin late where the song has not been
# Ardour loses its server as it starts in one try of four. In one export of thirty its main thread waits for its butler,
# which waits, too, before the first block; one of sixty aborts after its sound is written. The plugin has no part in it
ATTEMPTS = 4


def needs(*programs: str) -> None:
    """Skip where a program is not installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plugin with its real engine, as LV2 hosts find it. Skips where there is no C compiler."""
    try:
        compiler()
    except PluginError as error:
        pytest.skip(str(error))
    binary, folder = tmp_path / "melodyrnn.so", tmp_path / "lv2" / FOLDERS["lv2"]
    folder.mkdir(parents=True)
    build(binary)
    write_bundle(folder, "lv2", binary, engine_command())
    clicks = folder.parent / CLICKS.name
    shutil.copytree(CLICKS, clicks)
    made = [*compiler(), "-shared", "-fPIC", "-fvisibility=hidden", f"-I{SOURCE}", str(clicks / "clicks.c")]
    subprocess.run([*made, "-o", str(clicks / "clicks.so")], check=True)
    monkeypatch.setenv("LV2_PATH", f"{folder.parent}:/usr/lib/lv2")
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    return folder


@pytest.fixture
def messages(bundle: Path) -> list[tuple[int, bytes]]:
    """The notes of the song's first eight bars, by frame: what every host should play."""
    with Host(bundle) as host:
        host.offline = True
        host.go(speed=1.0)
        return host.play(8 * BAR, 512)


@pytest.fixture
def song(messages):
    """Of these, the note-ons."""
    return onsets(messages)


def onsets(messages):
    """The note-ons among messages."""
    return [(frame, data) for frame, data in messages if data[0] & 0xF0 == 0x90]


def between(song, first, last):
    """The note-ons of bars `first` up to `last`, by frames from the beginning of `first` on."""
    return [(frame - first * BAR, data) for frame, data in song if first * BAR <= frame < last * BAR]


def test_jalv_plays_with_the_transport_of_jack(bundle, stage, song):
    needs("jalv", "jack_transport")
    jalv = stage.run(["jalv", "-t", "urn:melodyrnn:plugin"])
    stage.wait_for_port("melodyrnn:out")
    recorder = stage.record("notes=melodyrnn:out")
    transport = stage.run(["jack_transport"])
    for line in ("master", "tempo 120", "play"):
        transport.tell(line)
    stage.wait_until(lambda: len(recorder.onsets) > 12, "music")
    transport.tell("stop")
    stage.wait_until(lambda: not recorder.sounding, "silence")
    played = [(message.frame, message.data) for message in recorder.onsets]
    songs = [  # the engine may have come when the song was under way, and its first notes a moment late
        [
            (frame - song[last][0] + played[-1][0], data)
            for frame, data in song[max(last + 1 - len(played), 0) : last + 1]
        ]
        for last in range(len(song))
    ]
    assert played[LATE:] in [notes[LATE:] for notes in songs]
    jalv.end(signal.SIGTERM)


class Ardour:
    """Ardour's programs without a window, with a home of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.session = folder, folder / "song"
        self.environment = os.environ | {"HOME": str(folder), "SESSION": str(self.session), "OMP_NUM_THREADS": "1"}

    def make(self) -> None:
        """A session whose range is eight bars, and whose loop is bars 5 and 6."""
        self.run("ardour7-lua", str(HERE / "ardour_make.lua"), makes=self.session)
        file = self.session / "song.ardour"
        bar = 2 * SUPERCLOCK
        places = (("session", 0, 8 * bar, "IsSessionRange"), ("loop", 4 * bar, 6 * bar, "IsAutoLoop"))
        rows = [
            f'<Location id="{90_000 + number}" name="{name}" start="a{start}" end="a{end}" flags="{flag}"/>'
            for number, (name, start, end, flag) in enumerate(places)
        ]
        text = file.read_text("utf-8")
        assert "<Locations/>" in text
        file.write_text(text.replace("<Locations/>", f"<Locations>{''.join(rows)}</Locations>"), "utf-8")

    def export(self, name: str) -> bytes:
        """The samples of an export, which runs faster than real time."""
        target = self.folder / name
        self.run("ardour7-export", "-b", "float", "-o", str(target), str(self.session), "song")
        wave = target.read_bytes()
        return wave[wave.index(b"data") + 8 :]

    def run(self, *command: str, makes: Path | None = None) -> None:
        """Run a program, again where it stands still or ends badly; what it was to make is removed before."""
        said = ""
        for _ in range(ATTEMPTS):
            if makes:
                shutil.rmtree(makes, ignore_errors=True)
            with suppress(subprocess.TimeoutExpired):
                done = subprocess.run(
                    command, env=self.environment, capture_output=True, text=True, timeout=90, check=False
                )
                if done.returncode == 0:
                    return
                said += f"{done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}"
        pytest.fail(f"{command[0]} does not end well in {ATTEMPTS} tries: {said}")


def clicks(messages):
    """The sound of messages, as the instrument of these tests makes it: frames of float32."""
    sound, at = array("f", bytes(8 * BAR * 4)), 0
    for frame, data in messages:
        at = max(at, frame)
        sound[at] = ((data[0] & 0x1F) << 14 | data[1] << 7 | data[2]) / (1 << 20)
        at += 1
    return sound


def test_ardour_exports_every_note_on_its_frame_twice(bundle, messages, tmp_path):
    needs("ardour7-lua", "ardour7-export")
    ardour = Ardour(tmp_path)
    ardour.make()
    first, second = ardour.export("first.wav"), ardour.export("second.wav")
    assert first == second
    left = array("f", first)[::2]
    assert left == clicks(messages)


def test_ardour_plays_goes_elsewhere_and_loops_on_every_frame(bundle, stage, messages, song, tmp_path):
    needs("ardour7-lua", "ardour7-export")
    ardour = Ardour(tmp_path)
    ardour.make()
    ready, go = tmp_path / "ready", tmp_path / "go"
    environment = {name: ardour.environment[name] for name in ("HOME", "SESSION")}
    for _ in range(ATTEMPTS):
        program = stage.run(["ardour7-lua", str(HERE / "ardour_play.lua")], READY=str(ready), GO=str(go), **environment)
        ended = program.process.poll
        stage.wait_until(lambda ended=ended: ready.exists() or ended() is not None, "Ardour")
        if ready.exists():
            break
    sound = tmp_path / "sound"
    recorder = stage.record("--audio", f"{sound}=ardour:Master/audio_out 1", "notes=ardour:track/midi_out 1")
    stage.wait_for_port("recorder:notes")
    go.touch()
    stage.wait_until(lambda: ended() is not None, "the end of Ardour", 280.0)
    assert "does not happen" not in program.output, program.output
    assert not any(count > 0 for count in recorder.sounding.values())  # Ardour itself ends notes again that have ended
    played = [(message.frame, message.data) for message in recorder.onsets]
    begun = played[0][0] - song[0][0]
    assert [(frame - begun, data) for frame, data in played if frame < begun + BAR] == between(song, 0, 1)
    text, at = b"".join(data for _, data in played), 0
    # Where the song has not been, the music needs a moment to come. Ardour tells a loop in the block after its end, so
    # that the first note behind it is heard for a moment.
    for first, last in ((6.25, 6.75), (4.25, 6), (4, 5)):
        run = b"".join(data for _, data in between(song, first, last))
        at = text.find(run, at)
        assert at >= 0, f"bars {first} to {last} are not in {text.hex(' ', 3)}"
        at += len(run)
    # The sound of the first bar is that of an export, see above, sample by sample.
    recorder.end()
    heard, exported = array("f", sound.read_bytes()), clicks(messages)
    at, first = (next(frame for frame, sample in enumerate(samples) if sample) for samples in (heard, exported))
    assert heard[at : at + BAR] == exported[first : first + BAR]
