"""The model file: what is written comes back, and a file of any other kind is refused in one line."""

import json
import os
import pickle
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from melodyrnn.errors import ModelFileError, OutputError
from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.engine import Engine
from melodyrnn.model.modelfile import LARGEST_FILE, LARGEST_HEADER, Model, read_model, read_styles, write_model

CONFIG = ModelConfig(
    (FieldConfig("pitch", 6, ("last",), (), ("last",), ordinal_size=5, max_distance=2), FieldConfig("velocity", 3)),
    inputs=(("pitch", 7),),
    dense=(("key", 2),),
    head_features=(("last", 5),),
    hidden=4,
    layers=1,
    embedding=3,
    head=2,
)


def model(seed: int = 0) -> Model:
    """A small model of random weights."""
    rng = np.random.default_rng(seed)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in CONFIG.shapes().items()}
    return Model(CONFIG, weights, 3, ("folk", "drums"), {"trained on": "scales", "bits": 1.5})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound model file."""
    path = tmp_path_factory.mktemp("model") / "sound.safetensors"
    write_model(model(), path)
    return path.read_bytes()


def refusal(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message.splitlines()) == 1
    assert len(message) < len(str(path)) + 200
    return message


def model_or_refusal(path: Path) -> Model | str:
    """What reading a file comes to, if not a traceback."""
    try:
        return read_model(path)
    except ModelFileError as error:
        return str(error)


def edited(data: bytes, edit: Callable[[dict[str, Any]], Any]) -> bytes:
    """The same file with its melodyrnn description changed."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    description = json.loads(header["__metadata__"]["melodyrnn"])
    header["__metadata__"]["melodyrnn"] = json.dumps(edit(description) or description)
    return with_header(header, data[8 + length :])


def with_header(header: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def test_what_is_written_comes_back_in_half_precision(tmp_path: Path) -> None:
    path, there = tmp_path / "a model.safetensors", model()
    write_model(there, path)
    back = read_model(path)
    assert (back.config, back.encoding_version, back.styles, back.about) == (CONFIG, 3, there.styles, there.about)
    assert back.weights.keys() == there.weights.keys()
    for name, weight in there.weights.items():
        assert back.weights[name].dtype == np.float32
        np.testing.assert_array_equal(back.weights[name], weight.astype(np.float16).astype(np.float32))
        np.testing.assert_allclose(back.weights[name], weight, rtol=2**-11, atol=2**-24)


def test_a_second_round_trip_changes_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    write_model(model(), first)
    write_model(read_model(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_shares_of_keys_come_back_and_a_file_may_have_none(tmp_path: Path) -> None:
    keys = {"folk": {"D major": 0.75, "E minor": 0.25}}
    write_model(replace(model(), keys=keys), tmp_path / "keys")
    assert read_model(tmp_path / "keys").keys == keys
    bare = edited((tmp_path / "keys").read_bytes(), lambda description: description.pop("keys") and None)
    (tmp_path / "bare").write_bytes(bare)
    assert read_model(tmp_path / "bare").keys == {}


def test_weights_in_any_memory_order_are_written_by_their_values(tmp_path: Path) -> None:
    turned = {name: np.asfortranarray(weight) for name, weight in model().weights.items()}
    write_model(replace(model(), weights=turned), tmp_path / "turned")
    write_model(model(), tmp_path / "plain")
    assert (tmp_path / "turned").read_bytes() == (tmp_path / "plain").read_bytes()


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_model(model(), path)
    assert path.read_text() == "mine"
    write_model(model(), path, overwrite=True)
    assert read_model(path).styles == ("folk", "drums")
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    write_model(model(), path)
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        with open(self, "wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left"):
            write_model(model(1), path, overwrite=True)
    assert path.read_bytes() == before

    def held(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(OutputError, match="Permission denied"):
        write_model(model(1), path, overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_model(model(), tmp_path / "nowhere" / "model.safetensors")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_cut_short_anywhere_is_refused(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    for length in [*range(0, len(written), 7), len(written) - 1]:
        path.write_bytes(written[:length])
        refusal(path)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "model.safetensors"
    path.write_bytes(data)
    refusal(path)


@given(position=st.integers(0, 10**6), value=st.integers(0, 255))
def test_one_wrong_byte_is_a_model_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, written: bytes, position: int, value: int
) -> None:
    data = bytearray(written)
    data[position % len(data)] = value
    path = tmp_path_factory.mktemp("byte") / "model.safetensors"
    path.write_bytes(data)
    read = model_or_refusal(path)
    if isinstance(read, str):
        assert len(read.splitlines()) == 1
    else:
        assert {name: weight.shape for name, weight in read.weights.items()} == read.config.shapes()


def described(data: bytes) -> dict[str, str]:
    """The metadata of a model file."""
    length = struct.unpack("<Q", data[:8])[0]
    metadata: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return metadata


class Trap:
    """Unpickled, it would call `os.mkdir`."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.folder,)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    path, sprung = tmp_path / "model.safetensors", tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(sprung)))
    refusal(path)
    assert not sprung.exists()


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**40, 10**8])
def test_a_header_that_claims_to_be_huge_is_refused(written: bytes, tmp_path: Path, length: int) -> None:
    path = tmp_path / "huge.safetensors"
    path.write_bytes(struct.pack("<Q", length) + written[8:])
    refusal(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with open(path, "wb") as file:
        try:
            file.truncate(LARGEST_FILE + 1)  # a hole: it takes no room on the disk
        except OSError:
            pytest.skip("this file system has no room for a file of 2 GB")
    assert "larger than" in refusal(path)


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such" in refusal(tmp_path / "nothing")
    assert "no such" in refusal(tmp_path)


@pytest.mark.parametrize("metadata", [{}, {"melodyrnn": "not json"}, {"melodyrnn": "[]"}, {"other": "{}"}])
def test_without_a_description_it_is_refused(written: bytes, tmp_path: Path, metadata: dict[str, str]) -> None:
    length = struct.unpack("<Q", written[:8])[0]
    header = {**json.loads(written[8 : 8 + length]), "__metadata__": metadata}
    path = tmp_path / "bare.safetensors"
    path.write_bytes(with_header(header, written[8 + length :]))
    refusal(path)
    del header["__metadata__"]
    path.write_bytes(with_header(header, written[8 + length :]))
    assert "not a melodyrnn model" in refusal(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(format=99),
        lambda d: d.pop("format") and None,
        lambda d: d.pop("config") and None,
        lambda d: d.pop("styles") and None,
        lambda d: d.update(config=None),
        lambda d: d.update(config=[]),
        lambda d: d.update(styles=3),
        lambda d: d.update(about=5),
        lambda d: d.update(steering=5),
        lambda d: d.update(steering={"silence": 4}),
        lambda d: d.update(steering={"silence": {"nats_a_beat": "many"}}),
        lambda d: d.update(steering={"silence": {"nats_a_beat": float("nan")}}),
        lambda d: d.update(keys=5),
        lambda d: d.update(keys={"folk": ["D major"]}),
        lambda d: d.update(keys={"folk": {"D major": "often"}}),
        lambda d: d.update(keys={"folk": {"D major": -0.5}}),
        lambda d: d.update(about=[["trained_on", "pairs"]]),
        lambda d: d.update(styles="folk"),
        lambda d: d.update(styles=["folk", 5]),
        lambda d: d.update(encoding_version=float("inf")),
        lambda d: d.update(encoding_version=None),
        lambda d: d.update(format=10**4000),
        lambda d: d["config"].update(cell="\n\x1b[2J" * 5000),
        lambda d: d["config"].update(head_features=d["config"]["head_features"] * 2),
        lambda d: d["config"].update(inputs=[[str(i), 1] for i in range(2000)]),
        lambda d: d["config"].update(dense_scale=10**300),
        lambda d: d.update(encoding_version="first"),
        lambda d: d["config"].update(cell="transformer"),
        lambda d: d["config"].update(hidden=8),
        lambda d: d["config"].update(hidden=4096, layers=16, head=4096),
        lambda d: d["config"].update(fields=d["config"]["fields"][:1]),
    ],
)
def test_a_damaged_description_is_refused(
    written: bytes, tmp_path: Path, edit: Callable[[dict[str, Any]], Any]
) -> None:
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(edited(written, edit))
    refusal(path)


def test_a_description_nested_too_deep_is_refused(written: bytes, tmp_path: Path) -> None:
    length = struct.unpack("<Q", written[:8])[0]
    header = json.loads(written[8 : 8 + length])
    header["__metadata__"]["melodyrnn"] = "[" * 100_000
    path = tmp_path / "deep.safetensors"
    path.write_bytes(with_header(header, written[8 + length :]))
    refusal(path)


@pytest.mark.parametrize("change", ["missing", "extra", "turned"])
def test_weights_that_do_not_fit_are_refused_by_name(tmp_path: Path, change: str) -> None:
    weights = dict(model().weights)
    if change == "missing":
        del weights["project.w"]
    elif change == "extra":
        weights["project.v"] = weights["project.w"]
    else:
        weights["project.w"] = weights["project.w"].T[:, :3]
    path = tmp_path / "model.safetensors"
    write_model(replace(model(), weights=weights), path)
    assert "project." in refusal(path)


@pytest.mark.parametrize("kind", ["bool", "int16", "float64", "complex64"])
def test_numbers_of_another_kind_are_refused(written: bytes, tmp_path: Path, kind: str) -> None:
    weights = load(written)
    weights["project.b"] = weights["project.b"].astype(kind)
    path = tmp_path / "kind.safetensors"
    path.write_bytes(save(weights, described(written)))
    assert "project.b is of " in refusal(path)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F8_E5M2", "NONSENSE"])
def test_numbers_of_a_kind_that_numpy_has_not_are_refused(written: bytes, tmp_path: Path, kind: str) -> None:
    length = struct.unpack("<Q", written[:8])[0]
    header = json.loads(written[8 : 8 + length])
    at = end = 0
    for name, tensor in header.items():
        if name != "__metadata__":
            start, stop = tensor["data_offsets"]
            end = at + (stop - start) // 2 * (1 if kind.startswith("F8") else 2)
            tensor.update(dtype=kind, data_offsets=[at, end])
            at = end
    path = tmp_path / "kind.safetensors"
    path.write_bytes(with_header(header, b"\1" * end))
    assert "is of" in refusal(path) or kind == "NONSENSE"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -65536])
def test_weights_that_are_no_numbers_or_overflow_are_refused(written: bytes, tmp_path: Path, value: float) -> None:
    weights = {name: weight.astype(np.float32) for name, weight in load(written).items()}
    weights["project.w"][0, 0] = value
    path = tmp_path / "model.safetensors"
    path.write_bytes(save(weights, described(written)))
    assert "project.w" in refusal(path)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 65536])
def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, value: float) -> None:
    path = tmp_path / "model.safetensors"
    write_model(model(), path)
    before = path.read_bytes()
    weights = {name: weight.copy() for name, weight in model().weights.items()}
    weights["project.w"][0, 0] = value
    with pytest.raises(OutputError, match=r"weight project\.w is no number, or beyond"):
        write_model(replace(model(), weights=weights), path, overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_the_largest_weights_overflow_nowhere(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    weights = {name: rng.choice([-65504.0, 65504.0], shape) for name, shape in CONFIG.shapes().items()}
    write_model(replace(model(), weights=weights), tmp_path / "large")
    read = read_model(tmp_path / "large")
    engine = Engine(read.config, read.weights)
    state = engine.start()
    for _ in range(20):
        projected = engine.project(engine.step(state, [6], [1, 1]))
        assert np.isfinite(engine.logits(0, projected, [], [4])).all()


@pytest.mark.parametrize("kind", ["lists", "texts"])
def test_a_description_larger_than_any_is_refused_before_it_is_read(
    written: bytes, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = "[" + "[]," * LARGEST_HEADER + "0]" if kind == "lists" else json.dumps("a" * LARGEST_HEADER)
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(save(load(written), {"melodyrnn": bomb}))
    monkeypatch.setattr("melodyrnn.model.modelfile.safe_open", None)
    assert "header is larger" in refusal(path)


NO_STYLES = [
    "../escaped/by-style",
    "a/b",
    "a\\b",
    "C:x",
    "..",
    ".hidden",
    "-x",
    "",
    " ",
    "a\nb",
    "\x1b[31mred",
    "b\udcfed",
]
NO_STYLES += ["a" * 201, "con", "NUL", "aux.mid", "COM1", "lpt9.x", "a?", "a*", "a|b", "ends.", "ends ", "\u202efdm"]


@pytest.mark.parametrize("name", NO_STYLES, ids=ascii)
def test_a_style_whose_name_no_file_can_have_is_refused(written: bytes, tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(edited(written, lambda d: d.update(styles=["folk", name])))
    for read in (read_model, read_styles):
        with pytest.raises(
            ModelFileError, match=r"m\.safetensors: style '.*not a name that a file can have"
        ) as refused:
            read(path)
        assert len(str(refused.value).splitlines()) == 1


def test_a_model_with_such_a_style_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"not written: style '\.\./x': not a name"):
        write_model(replace(model(), styles=("../x",)), tmp_path / "m.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_names_of_styles_in_any_language_are_kept(written: bytes, tmp_path: Path) -> None:
    styles = ["Dvořák", "東方 風", "हिन्दी", "R&B (slow), no. 2", "rock'n'roll", "x" * 200, "com", "nullarbor"]
    path = tmp_path / "m.safetensors"
    path.write_bytes(edited(written, lambda d: d.update(styles=styles)))
    assert read_model(path).styles == read_styles(path) == tuple(styles)


def test_too_little_memory_is_one_line(written: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    path = tmp_path / "model.safetensors"
    path.write_bytes(written)
    monkeypatch.setattr("melodyrnn.model.modelfile._weight", full)
    assert "memory" in refusal(path)
