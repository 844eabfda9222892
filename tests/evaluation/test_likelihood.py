"""Likelihood by the step engine is what training measures with torch."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from melodyrnn.encoding.events import ENCODING_VERSION, FIELDS, encode  # noqa: E402
from melodyrnn.encoding.matrices import feature_matrices  # noqa: E402
from melodyrnn.evaluation import likelihood  # noqa: E402
from melodyrnn.evaluation.likelihood import FileLikelihood, Likelihood, bits_of_pieces, evaluate_folder  # noqa: E402
from melodyrnn.evaluation.pieces import read_piece  # noqa: E402
from melodyrnn.generation import MusicModel  # noqa: E402
from melodyrnn.midi import read_song  # noqa: E402
from melodyrnn.model.modelfile import Model  # noqa: E402
from melodyrnn.music import Note, Song, Track  # noqa: E402
from melodyrnn.performance import separate  # noqa: E402
from melodyrnn.performance.description import performance_bits  # noqa: E402
from melodyrnn.training.network import Network  # noqa: E402
from melodyrnn.training.recipe import music_config  # noqa: E402
from melodyrnn.training.trainer import Validation, bits_per_note  # noqa: E402


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_it_equals_what_training_measures(midi_samples, cell):
    torch.manual_seed(1)
    network = Network(music_config(cell, 16, 2, 8))
    model = MusicModel(Model(network.config, network.export(), ENCODING_VERSION, ("a", "b")))
    found = evaluate_folder(model, midi_samples, "b")
    sequences = [encode(read_song(path)) for path in sorted(midi_samples.glob("*.mid"))]
    pieces = [model.selection(feature_matrices(sequence.events, 1)) for sequence in sequences]
    notes = sum(sequence.note_count for sequence in sequences)
    total, parts = bits_per_note(network, Validation(pieces, notes))
    assert found.notes == notes
    assert found.bits_per_note == pytest.approx(total, abs=1e-3)
    assert found.parts == pytest.approx(parts, abs=1e-3)
    assert [file.notes for file in found.files] == [sequence.note_count for sequence in sequences]
    for file, sequence, piece in zip(found.files, sequences, pieces, strict=True):
        alone, _ = bits_per_note(network, Validation([piece], sequence.note_count))
        assert file.bits_per_note == pytest.approx(alone, abs=1e-3)


def test_each_file_is_heard_in_the_style_of_its_folder(midi_samples, tmp_path):
    torch.manual_seed(1)
    network = Network(music_config("gru", 16, 1, 8))
    model = MusicModel(Model(network.config, network.export(), ENCODING_VERSION, ("a", "b")))
    for place in ("a", "b", "b/deep", "other"):
        (tmp_path / place).mkdir()
        shutil.copy(midi_samples / "ode_to_joy.mid", tmp_path / place)
    shutil.copy(midi_samples / "ode_to_joy.mid", tmp_path)
    found = evaluate_folder(model, tmp_path)
    heard = {str(Path(file.path).parent.relative_to(tmp_path)): file for file in found.files}
    styles = {place: file.style for place, file in heard.items()}
    assert styles == {"a": "a", "b": "b", str(Path("b/deep")): "b", "other": "a", ".": "a"}
    assert {name: len(part.files) for name, part in found.styles.items()} == {"a": 3, "b": 2}
    assert sum(part.notes for part in found.styles.values()) == found.notes
    alone = evaluate_folder(model, tmp_path / "b")
    assert alone.bits_per_note == pytest.approx(found.styles["b"].bits_per_note, rel=1e-5)
    forced = evaluate_folder(model, tmp_path, "b")
    assert {file.style for file in forced.files} == {"b"}
    assert heard["a"].bits_per_note != pytest.approx(heard["b"].bits_per_note, rel=1e-6)


def test_what_lies_side_by_side_does_not_matter(midi_samples, monkeypatch):
    network = Network(music_config("gru", 12, 1, 8))
    model = MusicModel(Model(network.config, network.export(), ENCODING_VERSION, ("a",)))
    pieces = [encode(read_song(path)).events for path in sorted(midi_samples.glob("*.mid"))]
    told: list[float] = []
    together = dict(bits_of_pieces(model, pieces, [0] * len(pieces), told.append))
    assert told == [1.0]
    monkeypatch.setattr(likelihood, "EVENTS_AT_ONCE", 150)
    alone = dict(bits_of_pieces(model, pieces, [0] * len(pieces), told.append))
    assert len(told) > 3
    assert told[-1] == pytest.approx(1)
    for index, piece in enumerate(pieces):
        assert together[index].shape == (len(piece), len(FIELDS))
        assert np.allclose(together[index], alone[index], rtol=1e-3, atol=1e-4)


def test_the_quarters_of_a_folder_are_those_of_its_files(midi_samples):
    torch.manual_seed(1)
    network = Network(music_config("gru", 12, 1, 8))
    model = MusicModel(Model(network.config, network.export(), ENCODING_VERSION, ("a",)))
    found = evaluate_folder(model, midi_samples)
    for file in found.files:
        assert sum(notes for notes, _ in file.quarters) == file.notes
        assert sum(bits for _, bits in file.quarters) == pytest.approx(sum(file.bits), rel=1e-5)
    notes, bits = (sum(file.quarters[1][of] for file in found.files) for of in (0, 1))
    assert found.quarters[1] == pytest.approx(bits / notes)
    assert len(found.quarters) == 4


def test_a_model_of_scores_is_charged_for_their_performance_too(midi_samples):
    torch.manual_seed(1)
    network = Network(music_config("gru", 12, 1, 8))
    plain = Model(network.config, network.export(), ENCODING_VERSION, ("a",))
    found = evaluate_folder(MusicModel(replace(plain, reads_scores=True)), midi_samples)
    song = read_song(found.files[0].path)
    score, performance = separate(song)
    of_score = sum(bits.sum() for _, bits in bits_of_pieces(MusicModel(plain), [encode(score).events], [0]))
    beside = performance_bits(song, score, performance)
    assert sum(found.files[0].bits) == pytest.approx(of_score + beside.total, rel=1e-4)
    assert found.files[0].parts["loudness"] == pytest.approx(beside.velocities.mean())
    assert found.parts.keys() == {*FIELDS, "lateness", "held", "loudness"}
    assert sum(bits for _, bits in found.files[0].quarters) == pytest.approx(sum(found.files[0].bits), rel=1e-5)


def test_a_long_note_of_a_score_is_charged_once():
    tracks = [Track([Note(0, 60, 700, 90), Note(96, 64, 96, 50)]), Track([Note(0, 36, 10, 99)], is_drum=True)]
    piece = read_piece(Song(tracks), as_score=True)
    assert piece.notes == 3
    assert np.count_nonzero(piece.performed.sum(1)) == 3
    assert len(piece.events) > 3 + piece.notes


def test_the_interval_is_of_files_and_narrows_with_more_of_them():
    def folder(files):
        rng = np.random.default_rng(1)
        bits = rng.normal(300, 60, files)
        return Likelihood(tuple(FileLikelihood("", 100, (b / 2, b / 2, 0, 0, 0, 0)) for b in bits))

    widths = []
    for files in (10, 1000):
        found = folder(files)
        low, high = found.interval
        assert low < found.bits_per_note < high
        assert found.interval == folder(files).interval
        widths.append(high - low)
    # Of a mean of n draws with standard deviation 0.6 it is 2 x 1.96 x 0.6 / sqrt(n).
    assert widths[1] == pytest.approx(2 * 1.96 * 0.6 / 1000**0.5, rel=0.1)
    assert widths[0] > 5 * widths[1]
    assert folder(1).interval is None
