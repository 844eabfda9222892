"""Which models may play: those that read what is kept of the music, each column as wide as it is."""

from dataclasses import replace

import numpy as np
import pytest

from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.errors import ModelFileError
from melodyrnn.generation import MusicModel
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model
from melodyrnn.training.fine_tuning import check_fits
from melodyrnn.training.recipe import music_config

CONFIG = music_config(hidden=16, layers=1, embedding=8)


def model_of(config: ModelConfig, styles: tuple[str, ...] = ("folk",)) -> Model:
    weights = {name: np.zeros(shape, np.float32) for name, shape in config.shapes().items()}
    return Model(config, weights, ENCODING_VERSION, styles)


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, inputs=(*CONFIG.inputs, ("weather", 3))),
        replace(CONFIG, inputs=tuple((name, 3 if name == "pitch" else size) for name, size in CONFIG.inputs)),
        replace(CONFIG, inputs=(*CONFIG.inputs, ("voice_distance", 97))),
        replace(CONFIG, dense=(("sounding", 11),)),
        replace(CONFIG, dense_scale=1),
    ],
    ids=["no such input", "a narrow input", "a head feature as an input", "too few dense values", "another scale"],
)
def test_a_model_that_reads_other_columns_is_refused(config: ModelConfig) -> None:
    with pytest.raises(ModelFileError, match=r"odd.safetensors: reads (features that this version|dense features in)"):
        MusicModel(model_of(config), "odd.safetensors")
    with pytest.raises(ModelFileError, match=r"reads .*; train from nothing instead"):
        check_fits(model_of(config), "odd.safetensors")


def test_a_model_may_read_fewer_inputs() -> None:
    config = replace(CONFIG, inputs=CONFIG.inputs[:9], dense=())
    assert MusicModel(model_of(config)).config == config
    check_fits(model_of(config), "few.safetensors")


@pytest.mark.parametrize("styles", [(), tuple(map(str, range(17)))])
def test_a_model_of_no_or_too_many_styles_is_refused(styles: tuple[str, ...]) -> None:
    with pytest.raises(ModelFileError, match=f"has {len(styles)} styles; 1 to 16 are possible"):
        MusicModel(model_of(CONFIG, styles), "odd.safetensors")
