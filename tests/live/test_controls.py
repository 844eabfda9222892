"""What a table of controllers may say, and what its controllers do."""

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.wire.controls import Chosen, Control, Controls, Pressed, Turned, read_controls, turned

STYLES = ("folk", "chorale", "song")


def test_a_table_is_read():
    table = {
        "temperature": {"controller": 21, "channel": 1, "low": 0.2, "high": 2},
        "again": {"controller": 40, "bars": 8},
        "register": {"controller": 22},
    }
    assert read_controls(table) == (
        Control("temperature", 21, 0, 0.2, 2),
        Control("again", 40, bars=8),
        Control("register", 22, None, -2, 2),
    )


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ({"tremolo": {"controller": 1}}, r"\[tremolo\].*temperature, density"),
        ({"density": {}}, r"\[density\].*controller"),
        ({"density": 7}, r"\[density\]"),
        ({"density": {"controller": 128}}, "controller = 128: must be a whole number from 0 to 127"),
        ({"density": {"controller": 1.5}}, "controller = 1.5"),
        ({"density": {"controller": True}}, "controller = True"),
        ({"density": {"controller": "1"}}, "controller = '1'"),
        ({"density": {"controller": 1, "channel": 0}}, "channel = 0: must be a whole number from 1 to 16"),
        ({"density": {"controller": 1, "low": 0}}, "low = 0: must be a number from 0.1 to 10"),
        ({"density": {"controller": 1, "high": float("nan")}}, "high = nan"),
        ({"panic": {"controller": 1, "low": 0}}, r"\[panic\].*controller, channel"),
        ({"again": {"controller": 1, "bars": 0}}, "bars = 0: must be a whole number from 1 to 64"),
        ({"style": {"controller": 1, "high": 2}}, r"\[style\]"),
    ],
)
def test_a_wrong_entry_of_a_table_is_named(table, wrong):
    with pytest.raises(OptionError, match=wrong):
        read_controls(table)


def test_a_knob_reaches_both_ends_of_its_range():
    controls = Controls(read_controls({"temperature": {"controller": 1, "low": 0.5, "high": 1.5}}), STYLES)
    values = [controls.receive(bytes((0xB0, 1, position)))[0] for position in (0, 127)]
    assert values == [Turned("temperature", 0.5), Turned("temperature", 1.5)]


def test_the_middle_of_density_is_as_learned():
    controls = Controls(read_controls({"density": {"controller": 1}}), STYLES)
    (asked,) = controls.receive(b"\xb0\x01\x40")
    assert isinstance(asked, Turned)
    assert asked.value == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", ["temperature", "density", "register", "velocity", "tempo"])
@pytest.mark.parametrize("position", [0, 1, 64, 127])
def test_every_position_of_every_knob_is_a_legal_setting(name, position):
    (asked,) = Controls(read_controls({name: {"controller": 9}}), STYLES).receive(bytes((0xB5, 9, position)))
    assert isinstance(asked, Turned)
    after = turned(Settings("folk"), asked)
    assert (after == Settings("folk")) == (name == "tempo" or position == 64)


def test_only_its_channel_where_one_is_named():
    controls = Controls(read_controls({"panic": {"controller": 1, "channel": 2}}), STYLES)
    assert controls.receive(b"\xb0\x01\x7f") == []
    assert controls.receive(b"\xb1\x01\x7f") == [Pressed("panic")]


def test_a_button_is_pressed_once_until_it_is_let_go():
    controls = Controls(read_controls({"again": {"controller": 1, "bars": 2}}), STYLES)
    asked = [controls.receive(bytes((0xB0, 1, position))) for position in (127, 100, 0, 64)]
    assert asked == [[Pressed("again", 2)], [], [], [Pressed("again", 2)]]


def test_styles_by_program_and_by_controller():
    controls = Controls(read_controls({"style": {"controller": 1}}), STYLES)
    assert controls.receive(b"\xc0\x02") == [Chosen("song")]
    assert controls.receive(b"\xc0\x03") == []
    chosen = [controls.receive(bytes((0xB0, 1, position)))[0] for position in (0, 42, 43, 127)]
    assert chosen == [Chosen("folk"), Chosen("folk"), Chosen("chorale"), Chosen("song")]
