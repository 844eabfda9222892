"""A request: one value of what is asked for, the same from Python, the command line and plain data."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Request
from melodyrnn.music.scales import Key
from melodyrnn.options import OPTIONS
from models import small_model


def test_it_has_a_field_with_the_default_for_every_option_of_generate():
    of_table = {name: option.default for name, option in OPTIONS.items() if "generate" in option.where}
    assert {field.name: field.default for field in fields(Request)} == of_table


def test_plain_data_makes_the_same_request():
    data = json.loads('{"bars": "END", "low": "C4", "key": "D minor", "monophonic": true, "temperature": null}')
    asked = Request.of(data)
    assert asked == Request(bars=None, low=60, key="D minor", monophonic=True)
    assert asked.sampling(None).constraints.key == Key(2, "minor")
    assert asked == Request(bars=None, low=60, key="D minor", monophonic=True)
    assert Request.of({}) == Request()


def test_it_never_changes():
    with pytest.raises(FrozenInstanceError):
        Request().bars = 4  # type: ignore[misc]


def test_a_model_may_be_a_value():
    model = MusicModel(small_model())
    assert Request(model=model).model is model


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"temprature": 1}, "'temprature' is no option: did you mean temperature?"),
        ({"xyz": 1}, "'xyz' is no option: there are from_bar, "),
        ({1: 1}, "1 is no option: "),
        ({"bars": 0}, "bars 0: must be 1 to 10000"),
        ({"bars": "8"}, "bars '8': must be a whole number"),
        ({"bars": True}, "bars True: must be a whole number"),
        ({"temperature": [1]}, r"temperature \[1\]: must be a number"),
        ({"low": "H2"}, "pitch 'H2': must be"),
        ({"low": 61, "high": 60}, "pitches C#4 to C4"),
        ({"low": 61, "high": 61, "key": "C"}, "no pitch from C#4 to C#4 is in C major"),
        ({"key": "H"}, "key 'H': must be a tonic"),
        ({"key": "seed", "low": 61, "high": 60}, "pitches C#4 to C4"),
        ({"keep": "pitches", "chords": "Am"}, "keep pitches: leave out chords"),
        ({"chords": 5}, "chords 5: must be chords by their names"),
        ({"part_range": {"Bass": 1}, "part_density": 3}, "part_density 3: must be names"),
        ({"key": 5}, "key 5: must be a key by its name"),
        ({"style": 5}, "style 5: must be a name"),
        ({"model": {}}, "model {}: must be a name"),
        ({"monophonic": 1}, "monophonic 1: must be true or false"),
        ({"range": "wide"}, "range 'wide': must be seed or free"),
        ({"form": 3}, "form 3: must be letters"),
        ({"form": "A-A"}, "form 'A-A': must be letters"),
        ({"form": "AA", "bars": 4}, "bars 4: a form has as many as its sections"),
        ({"takes": 0}, "takes 0: must be 1 to 999"),
        ({"humanize": 2}, "humanize 2: must be 0"),
        ({"tempo": 5}, "tempo 5: must be 10 to 1000 bpm"),
        ({"random_seed": -1}, "random_seed -1: must be 0 or more"),
    ],
    ids=str,
)
def test_what_is_not_legal_is_one_line(asked, says):
    with pytest.raises(OptionError, match=f"^{says}") as refused:
        Request.of(asked)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["temperature", "random_seed", "monophonic", "range"])
def test_an_option_that_has_a_value_is_not_none(name):
    with pytest.raises(OptionError, match="None: must be"):
        Request(**{name: None})
