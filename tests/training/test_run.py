"""From folders of MIDI files to a model file, with torch."""

from pathlib import Path

import numpy as np
import pytest
from tune_folders import fill

pytest.importorskip("torch", reason="torch is the train extra")

from melodyrnn.corpus.styles import read_corpus
from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.encoding.features import FEATURES, GROUPS
from melodyrnn.model.modelfile import read_model, write_model
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer, model_of
from melodyrnn.training.trainer import TrainingOptions


def test_a_style_of_one_piece_is_not_validated(tmp_path: Path) -> None:
    fill(tmp_path / "march", range(60, 61))
    fill(tmp_path / "waltz", range(40, 44))
    corpus = read_corpus(tmp_path, None)
    options = TrainingOptions(events=64, validations=1)
    config = music_config("gru", hidden=8, layers=1, embedding=8)
    trainer = make_trainer(corpus, config, options, None, streams=2, window=16)
    trainer.run()
    assert set(trainer.progress.history[0]["bits_per_note"]) == {"waltz"}


@pytest.mark.parametrize("without", [(), GROUPS], ids=["all features", "none"])
def test_from_a_folder_to_a_model_file(tmp_path: Path, without: tuple[str, ...]) -> None:
    fill(tmp_path / "music" / "a", range(40, 46))
    fill(tmp_path / "music" / "b", range(60, 64))
    config = music_config("gru", hidden=8, layers=1, embedding=8, without=without)
    left_out = {column for feature in FEATURES if feature.group in without for column in feature.columns}
    assert not left_out & {column for column, _ in (*config.inputs, *config.dense)}
    corpus = read_corpus(tmp_path / "music", None)
    options = TrainingOptions(events=512, warmup_events=100, validations=2)
    trainer = make_trainer(corpus, config, options, tmp_path / "checkpoint", streams=4, window=16, random_seed=1)
    trainer.run()
    write_model(model_of(trainer, tuple(corpus.train), {"licence": "public domain"}), tmp_path / "x.safetensors")
    model = read_model(tmp_path / "x.safetensors")
    assert (model.config, model.styles, model.encoding_version) == (config, ("a", "b"), ENCODING_VERSION)
    assert model.about["events_heard"] == 512
    assert model.about["licence"] == "public domain"
    assert set(model.about["validation_bits_per_note"]) == {"a", "b"}
    for name, weight in trainer.network.export().items():
        assert np.allclose(model.weights[name], weight, atol=1e-3, rtol=1e-3)
