"""Which models may play: those that read what is kept of the music, each column as wide as it is."""

from dataclasses import replace

import pytest

from melodyrnn.errors import ModelFileError
from melodyrnn.generation import MusicModel
from melodyrnn.generation.library import load_model
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import write_model
from melodyrnn.training.fine_tuning import check_fits
from melodyrnn.training.recipe import music_config
from models import small_model

CONFIG = music_config(hidden=16, layers=1, embedding=8)


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
        MusicModel(small_model(config=config), "odd.safetensors")
    with pytest.raises(ModelFileError, match=r"reads .*; train from nothing instead"):
        check_fits(small_model(config=config), "odd.safetensors")


def test_a_model_may_read_fewer_inputs() -> None:
    config = replace(CONFIG, inputs=CONFIG.inputs[:9], dense=())
    assert MusicModel(small_model(config=config)).config == config
    check_fits(small_model(config=config), "few.safetensors")


@pytest.mark.parametrize("styles", [(), tuple(map(str, range(17)))])
def test_a_model_of_no_or_too_many_styles_is_refused(styles: tuple[str, ...]) -> None:
    with pytest.raises(ModelFileError, match=f"has {len(styles)} styles; 1 to 16 are possible"):
        MusicModel(small_model(config=CONFIG, styles=styles), "odd.safetensors")


def test_a_model_file_is_read_once_and_again_when_it_has_changed(tmp_path):
    path = tmp_path / "mine.safetensors"
    write_model(small_model(1), path)
    first = load_model(path)
    assert load_model(path) is first
    write_model(small_model(2, hidden=12), path, overwrite=True)
    assert load_model(path).config.hidden == 12
