"""The table of options: what is legal is written once, and holds at every door."""

import json
import math

import click
import numpy as np
import pytest

from melodyrnn import options
from melodyrnn.cli.generate import generate
from melodyrnn.cli.live import live
from melodyrnn.cli.train import train
from melodyrnn.cli.tune import tune
from melodyrnn.corpus import options as corpus_options
from melodyrnn.errors import OptionError
from melodyrnn.generation import Request
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.wire.controls import KNOBS
from melodyrnn.options import DENSITY, OPTIONS, RANDOM_SEED, TEMPERATURE, TEMPO, TOP_P, on_command_line

NUMBERS = [option for option in (*OPTIONS.values(), *corpus_options.OPTIONS.values()) if option.low is not None]


def test_the_table_is_plain_data():
    rows = json.loads(json.dumps(options.as_json()))
    assert [row["name"] for row in rows] == list(OPTIONS)
    tempo = next(row for row in rows if row["name"] == "tempo")
    assert (tempo["low"], tempo["high"], tempo["unit"], tempo["default"]) == (10, 1000, "bpm", None)
    assert tempo["legal"] == "10 to 1000 bpm"


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_every_default_is_legal_and_what_lies_outside_is_not(option):
    if option.default is not None:
        option.check(option.default)
    outside = [option.low if option.above else option.low - 1]
    option.check(option.low + (0.001 if option.above else 0))
    if option.high is not None:
        option.check(option.high - (0.001 if option.below else 0))
        outside.append(option.high if option.below else option.high + 1)
    if option.kind == "number":
        outside += [math.nan, -math.inf]
    for value in outside:
        with pytest.raises(OptionError, match=f"^{option.name} .*: must be "):
            option.check(value)


@pytest.mark.parametrize("command", [train, tune], ids=lambda command: command.name)
def test_training_and_tuning_have_the_options_of_a_corpus(command):
    shown = {parameter.name: parameter for parameter in command.params}
    for name, option in corpus_options.OPTIONS.items():
        assert command.name in option.where
        assert shown[name].default == option.default
        assert option.help.removesuffix(".") in shown[name].help


def test_an_error_says_what_is_legal():
    wrong = {
        "temperature 11: must be 0 (always the likeliest) to 10; 1 is as learned": (TEMPERATURE, 11),
        "top_p 0: must be above 0 and at most 1; 1 leaves nothing out": (TOP_P, 0),
        "random_seed -1: must be 0 or more": (RANDOM_SEED, -1),
        "random_seed 0.5: must be a whole number": (RANDOM_SEED, 0.5),
        "tempo 5: must be 10 to 1000 bpm": (TEMPO, 5),
        "density '2': must be a number": (DENSITY, "2"),
    }
    for message, (option, value) in wrong.items():
        with pytest.raises(OptionError) as refused:
            option.check(value)
        assert str(refused.value) == message


@pytest.mark.parametrize(
    ("data", "in_python", "on_the_command_line"),
    [
        ({"random_seed": -1}, "random_seed -1: must", "--random-seed -1: must"),
        ({"replace": "1", "from_bar": 3}, "replace 1: the rest of the file stays; leave out from_bar", "--from-bar"),
        ({"replace": "1", "with_seed": False}, "leave out with_seed=False", "leave out --without-seed"),
        ({"keep": "rhythm", "bars": "end"}, "keep rhythm: leave out bars end", "--keep rhythm: leave out --bars end"),
        ({"part_density": 3}, "part_density 3: must be names", "--density 3: must be names"),
        ({"add": "\x1fkeep\x1f"}, "add '\\x1fkeep\\x1f': must", "--add '\\x1fkeep\\x1f': must"),
    ],
)
def test_each_way_in_calls_options_in_errors_as_it_does_elsewhere(data, in_python, on_the_command_line):
    with pytest.raises(OptionError) as refused:
        Request.of(data)
    assert in_python in str(refused.value)
    assert on_the_command_line in refused.value.spelled(on_command_line)


def test_numbers_of_numpy_are_numbers():
    DENSITY.check(np.float32(2))
    RANDOM_SEED.check(np.int64(2))


@pytest.mark.parametrize("command", [generate, live], ids=lambda command: command.name)
def test_a_command_has_the_options_that_the_table_gives_it(command):
    shown = {parameter.name: parameter for parameter in command.params if isinstance(parameter, click.Option)}
    wanted = {name for name, option in OPTIONS.items() if command.name in option.where and option.kind != "parts"}
    assert wanted <= set(shown)
    for name in wanted:
        option, text = OPTIONS[name], shown[name].help
        assert option.help.removesuffix(".") in text
        if option.kind == "number":
            assert option.legal.capitalize() in text
            assert "[default: " in text


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if "knobs" in option.where])
def test_a_knob_turns_within_the_range_of_the_table(name):
    knob, option = KNOBS[name], OPTIONS[name]
    assert option.low <= knob.least <= knob.low < knob.high <= knob.most == option.high
    option.check(knob.least)
    if knob.turn:
        for value in (knob.least, knob.most):
            knob.turn(Settings("plain"), value)
