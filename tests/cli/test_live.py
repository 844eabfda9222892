"""`melodyrnn live`: its options, its ways out, and the take, with ports that are no devices."""

import json
import os
import queue
import signal

import mido
import pytest

from melodyrnn import messages
from melodyrnn.cli.options import controls
from melodyrnn.cli.options.controls import as_toml, choose_controllers, load_controls
from melodyrnn.cli.show import live as display
from melodyrnn.errors import OptionError, PortError
from melodyrnn.live.status import Status
from melodyrnn.live.testing import FakeClock, FakeInput, FakePort, sounding
from melodyrnn.live.wire.controls import NAMES, Control
from melodyrnn.midi import read_song
from melodyrnn.model.modelfile import read_model, write_model
from melodyrnn.ports import devices


class Machine:
    """The ports of a machine: one to play into, one to listen to."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outputs: list[FakePort] = []
        self.inputs: list[FakeInput] = []
        self.asked: list[tuple[str | None, str | None]] = []

    def open_output(self, name: str | None = None, virtual: str | None = None) -> FakePort:
        if name == "nowhere":
            raise PortError("no port called nowhere: there are synth")
        self.asked.append((name, virtual))
        self.outputs.append(FakePort(self.clock, name or virtual or ""))
        return self.outputs[-1]

    def open_input(self, name: str | None, virtual: str | None, receive: object) -> FakeInput:
        self.asked.append((name, virtual))
        self.inputs.append(FakeInput(self.clock, receive))  # type: ignore[arg-type]
        return self.inputs[-1]


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr(devices, "open_output", made.open_output)
    monkeypatch.setattr(devices, "open_input", made.open_input)
    kept = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield made
    for name, handler in kept.items():
        signal.signal(name, handler)


@pytest.fixture
def lively_model(small_model):
    """The file of a small model that mostly puts the next note in the same bar."""
    model = read_model(small_model)
    model.weights["bars.out.b"][:2] += (6, 3)
    path = small_model.with_name("lively.safetensors")
    write_model(model, path)
    return path


QUICK = ("--bars", 2, "--tempo", 1000, "--random-seed", 4, "--density", 6)


def test_it_plays_and_leaves_nothing_sounding(run, machine, lively_model):
    ended = run("live", "--port", "synth", "--model", lively_model, *QUICK, "--record", "take.mid")
    assert (ended.exit_code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "playing into synth, random seed 4"
    assert ended.out.splitlines()[-1].startswith("played ")
    (port,) = machine.outputs
    assert port.closed
    assert sounding(port.sent) == set()
    onsets = [message for _, message in port.sent if message[0] & 0xF0 == messages.NOTE_ON]
    assert onsets
    assert read_song("take.mid").note_count == len(onsets)
    (text,) = [message.text for message in mido.MidiFile("take.mid").tracks[0] if message.type == "text"]
    about = json.loads(text)
    assert about["options"]["random_seed"] == 4
    assert about["options"]["style"] == "plain"


def test_the_same_random_seed_plays_the_same(run, machine, lively_model):
    for _ in range(2):
        run("live", "--port", "synth", "--model", lively_model, *QUICK)
    first, second = ([m for _, m in port.sent if m[0] & 0xF0 == messages.NOTE_ON] for port in machine.outputs)
    assert first == second


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_it_in_order(run, machine, lively_model, monkeypatch, name):
    from melodyrnn.cli.show.live import Display

    show = Display.show

    def show_then_kill(display, status):
        show(display, status)
        if status.notes_sent > 5:
            os.kill(os.getpid(), getattr(signal, name))

    monkeypatch.setattr(Display, "show", show_then_kill)
    ended = run("live", "--virtual", "band", "--model", lively_model, "--density", 6, "--record", "take.mid")
    assert ended.exit_code == 0
    (port,) = machine.outputs
    assert sounding(port.sent) == set()
    assert port.closed
    assert read_song("take.mid").note_count > 5


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_act_as_before_when_it_has_ended(run, machine, lively_model, name):
    number, asked = getattr(signal, name), []
    signal.signal(number, lambda *_: asked.append(name))
    run("live", "--port", "synth", "--model", lively_model, *QUICK)
    signal.raise_signal(number)
    assert asked == [name]


def test_a_take_names_files_without_their_folders(run, machine, lively_model, midi_samples, tmp_path):
    seed = sorted(midi_samples.glob("*.mid"))[0]
    asked = ("--seed", seed, "--model", lively_model, "--record", tmp_path / "take.mid")
    ended = run("live", "--port", "synth", *QUICK, *asked)
    assert ended.exit_code == 0
    (text,) = [message.text for message in mido.MidiFile("take.mid").tracks[0] if message.type == "text"]
    options = json.loads(text)["options"]
    assert (options["seed"], options["record"]) == (seed.name, "take.mid")
    assert options["model"] == lively_model.name
    assert str(tmp_path) not in text
    assert str(seed.parent) not in text


def test_it_may_begin_with_the_seed(run, machine, lively_model, midi_samples):
    seed = sorted(midi_samples.glob("*.mid"))[0]
    asked = ("--seed", seed, "--with-seed", "--model", lively_model, "--tempo", 1000, "--bars", 3)
    assert run("live", "--port", "synth", *asked).exit_code == 0
    onsets = [message[1] for _, message in machine.outputs[0].sent if message[0] & 0xF0 == messages.NOTE_ON]
    first = sorted((note.onset_pulses, note.pitch) for track in read_song(seed).tracks for note in track)
    assert onsets[:3] == [pitch for _, pitch in first[:3]]


def test_a_seed_of_any_tempo_that_a_file_can_have_is_played(run, machine, lively_model, tmp_path, monkeypatch):
    """The limits of --tempo are those of what is asked for."""
    seed = mido.MidiFile(tracks=[mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(5))])])
    seed.tracks[0] += [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)]
    seed.save(tmp_path / "slow.mid")
    monkeypatch.setattr(display.Display, "show", lambda *_: signal.raise_signal(signal.SIGINT))
    ended = run("live", "--port", "synth", "--model", lively_model, "--seed", "slow.mid", "--record", "take.mid")
    assert (ended.exit_code, ended.err) == (0, "")


def test_a_virtual_port_is_listened_to_as_well(run, machine, lively_model):
    run("live", "--virtual", "band", "--model", lively_model, *QUICK)
    assert machine.asked == [(None, "band"), (None, "band")]


def test_an_external_clock_comes_from_the_port_of_the_same_name_or_the_input(run, machine, lively_model, monkeypatch):
    from melodyrnn.cli.show.live import Display

    show = Display.show

    def show_twice_then_end(display, status):
        show(display, status)
        show(display, status)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Display, "show", show_twice_then_end)
    for options in ((), ("--input", "keys")):
        ended = run("live", "--port", "synth", "--clock", "external", "--model", lively_model, *options)
        assert ended.out.count("waiting for the clock") == 1
    assert machine.asked == [("synth", None), ("synth", None), ("synth", None), ("keys", None)]


def test_the_clock_may_go_to_another_port(run, machine, lively_model):
    options = ("--port", "synth", "--clock", "send", "--clock-port", "drum machine", "--clock-only")
    assert run("live", "--model", lively_model, *QUICK, *options).exit_code == 0
    synth, drums = machine.outputs
    assert drums.name == "drum machine"
    assert {message for _, message in drums.sent} == {bytes((messages.CLOCK,))}
    assert [message for _, message in synth.sent if message[0] >= messages.SYSTEM_EXCLUSIVE] == []
    assert drums.closed


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("--port", "synth", "--clock-port", "a"), 2, "--clock-port needs --clock send"),
        (("--port", "synth", "--clock-only"), 2, "--clock-only needs --clock send"),
        (("--port", "synth", "--with-seed"), 2, "--with-seed needs --seed"),
        (("--port", "synth", "--stay", "2"), 2, "stay 2: must be 0"),
        ((), 2, "--port NAME"),
        (("--port", "a", "--virtual", "b"), 2, "--port NAME"),
        (("--port", "synth", "--respond", "4"), 2, "--respond needs --input"),
        (("--port", "synth", "--respond", "0", "--input", "k"), 2, "1 to 64 bars, or pause"),
        (("--port", "synth", "--respond", "sometimes", "--input", "k"), 2, "1 to 64 bars, or pause"),
        (("--port", "synth", "--harmony", "--respond", "2", "--input", "k"), 2, "exclude each other"),
        (("--port", "synth", "--metre", "four"), 2, "metre 'four': must be like 3/4"),
        (("--port", "synth", "--metre", "9/64"), 2, "metre 9/64"),
        (("--port", "synth", "--tempo", "5"), 2, "tempo 5: must be 10 to 1000 bpm"),
        (("--virtual", "synth", "--controls", "none.toml"), 2, "none.toml: cannot be read"),
        (("--port", "synth", "--seed", "none.mid"), 1, "none.mid"),
        (("--port", "synth", "--record", "no/take.mid"), 1, "no folder"),
        (("--port", "synth", "--clock", "sundial"), 2, "sundial"),
        (("--port", "nowhere"), 1, "no port called nowhere"),
        (("--learn",), 2, "--learn needs"),
    ],
)
def test_a_wrong_call_is_refused_in_one_line(run, machine, lively_model, arguments, exit_code, words):
    ended = run("live", "--model", lively_model, *arguments)
    assert ended.exit_code == exit_code
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


def test_a_take_is_not_overwritten_unasked(run, machine, lively_model, tmp_path):
    (tmp_path / "take.mid").write_bytes(b"mine")
    ended = run("live", "--port", "synth", "--model", lively_model, *QUICK, "--record", "take.mid")
    assert ended.exit_code == 1
    assert "already exists" in ended.err
    assert (tmp_path / "take.mid").read_bytes() == b"mine"
    assert (
        run("live", "--port", "synth", "--model", lively_model, *QUICK, "--record", "take.mid", "--overwrite")[0] == 0
    )


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (None, "synth | internal 120.0 bpm | bar 3.2 | song |  96 pulses ahead | 0 pulses late | C3 C4 E4 drum"),
        (80, "internal 120.0 bpm | bar 3.2 | song | 0 pulses late | C3 C4 E4 drum"),
        (60, "internal 120.0 bpm | bar 3.2 | 0 pulses late | C3 C4 E4 drum"),
        (10, "bar 3.2 | C3 C4 E4 drum"),
    ],
)
def test_where_there_is_little_room_the_bar_is_shown(width, line):
    sounding = ((0, 64), (0, 60), (1, 60), (2, 48), (9, 36), (9, 42))
    status = Status("synth", "internal", 120.0, 3, 2, "song", None, 96, 0, 0, 100, sounding)
    assert display._line(status, width) == line


class TestTable:
    """The file of controllers."""

    def test_what_is_learned_can_be_loaded(self, tmp_path):
        heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        for number in range(len(NAMES) - 1):
            for value in (1, 50, 127):  # each is moved, and sends a lot
                heard.put(bytes((0xB2, 20 + number, value)))
            heard.put(b"\xfe")
            heard.put(b"\x90\x40\x40")
        said: list[str] = []
        learned = choose_controllers(heard, 0.001, said.append)
        path = tmp_path / "knobs.toml"
        path.write_text(as_toml(learned), "utf-8")
        loaded = load_controls(path)
        assert [(c.name, c.controller, c.channel) for c in loaded] == [
            (name, 20 + n, 2) for n, name in enumerate(NAMES[:-1])
        ]
        assert said[-1] == "  left out"

    def test_a_port_that_is_never_silent_holds_nothing_up(self):
        class Ticking:
            """Active sensing without end."""

            def get(self, timeout: float) -> bytes:
                if not timeout:
                    raise queue.Empty
                return b"\xfe"

        said: list[str] = []
        assert choose_controllers(Ticking(), 0.001, said.append) == []
        assert said.count("  left out") == len(NAMES)

    def test_ctrl_c_keeps_what_was_learned(self):
        class Interrupted:
            def __init__(self) -> None:
                self.messages = [b"\xb0\x07\x40"]

            def get(self, timeout: float) -> bytes:
                if not self.messages:
                    raise KeyboardInterrupt
                return self.messages.pop()

        assert choose_controllers(Interrupted(), 1, lambda _: None) == [Control(NAMES[0], 7, 0)]

    def test_learning_writes_the_file(self, run, machine, monkeypatch):
        monkeypatch.setattr(controls, "choose_controllers", lambda *_: [Control("density", 7, 0)])
        ended = run("live", "--learn", "--input", "keys", "--controls", "knobs.toml")
        assert (ended.exit_code, ended.out) == (0, "knobs.toml: 1 control\n")
        assert machine.inputs[0].closed

    def test_nothing_moved_writes_nothing(self, run, machine, monkeypatch, tmp_path):
        monkeypatch.setattr(controls, "LEARN_SECONDS", 0.001)
        ended = run("live", "--learn", "--input", "keys", "--controls", "knobs.toml")
        assert ended.exit_code == 1
        assert "no controller was moved" in ended.err
        assert not (tmp_path / "knobs.toml").exists()

    @pytest.mark.parametrize(
        "text",
        [
            "[density",
            "[density]\ncontroller = 300",
            "density = 3",
            "\xff",
            "[density]\ncontroler = 3",
            "a=" + 9000 * "[",
        ],
    )
    def test_what_is_wrong_names_the_file(self, tmp_path, text):
        path = tmp_path / "knobs.toml"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(OptionError, match=r"knobs\.toml: "):
            load_controls(path)
