"""`adapt`: a model file that knows some pieces."""

import json
import re
import shutil

import numpy as np

from melodyrnn.midi import read_song
from melodyrnn.model.modelfile import read_model


def test_it_writes_a_model_that_finds_the_files_likelier(run, small_model, midi_samples, tmp_path):
    (tmp_path / "deep").mkdir()
    shutil.copy(midi_samples / "ode_to_joy.mid", tmp_path)
    shutil.copy(midi_samples / "frere_jacques.mid", tmp_path / "deep")
    arguments = ("ode_to_joy.mid", "deep/frere_jacques.mid", "--model", small_model, "--style", "fancy", "-o")
    said = run("adapt", *arguments, "mine.safetensors").out
    assert said.startswith("mine.safetensors: small.safetensors has learned 2 files as fancy\n")
    before, after = map(float, re.findall(r"[\d.]+(?= bits| after)", said))
    assert after < before
    base, learned = read_model(small_model), read_model(tmp_path / "mine.safetensors")
    assert (learned.styles, learned.config, learned.encoding_version) == (base.styles, base.config, 1)
    files = {"from": "small.safetensors", "style": "fancy", "files": ["ode_to_joy.mid", "frere_jacques.mid"]}
    assert learned.about == {**base.about, "adapted": files}
    again = run("adapt", *arguments, "mine.safetensors", "--overwrite")
    assert again.exit_code == 0
    for name, weight in read_model(tmp_path / "mine.safetensors").weights.items():
        np.testing.assert_array_equal(weight, learned.weights[name])
    assert (
        run("generate", "--model", "mine.safetensors", "--bars", 8, "--random-seed", 1, "-o", "new.mid").exit_code == 0
    )
    assert read_song(tmp_path / "new.mid").bars == 8


def test_what_cannot_be_learned_is_refused_before_anything_is_written(run, small_model, midi_samples, tmp_path):
    song = midi_samples / "ode_to_joy.mid"
    (tmp_path / "taken.safetensors").write_bytes(b"")
    (tmp_path / "empty.mid").write_bytes(b"")
    for arguments, exit_code, reason in (
        ((song, "nowhere.mid", "-o", "mine.safetensors"), 1, "nowhere.mid"),
        ((song, "empty.mid", "-o", "mine.safetensors"), 1, "empty.mid"),
        ((song, "-o", "taken.safetensors"), 1, "taken.safetensors: already exists"),
        ((song, "--style", "polka", "-o", "mine.safetensors"), 2, "style 'polka'"),
    ):
        outcome = run("adapt", *arguments, "--model", small_model)
        assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (exit_code, "", 1)
        assert reason in outcome.err
    assert not (tmp_path / "mine.safetensors").exists()
    assert run("adapt", "-o", "mine.safetensors").exit_code == 2


def test_another_program_is_told_in_lines_of_json(run, small_model, midi_samples):
    song = midi_samples / "ode_to_joy.mid"
    ended = run("adapt", song, "--model", small_model, "-o", "mine.safetensors", "--json")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.exit_code, ended.err) == (0, "")
    assert [each["event"] for each in told[:-1]] == ["progress"] * (len(told) - 1)
    assert told[-2]["part"] == 1
    assert (told[-1]["event"], told[-1]["path"]) == ("written", "mine.safetensors")
    assert told[-1]["bits"] < told[-1]["bits_before"]
