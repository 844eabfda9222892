"""Starting from a model: new styles get numbers and rows of their own, and what is not music is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

from melodyrnn.corpus.styles import read_corpus
from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.encoding.features import INPUT_COLUMN, INPUT_FEATURES, STYLES, sized
from melodyrnn.errors import ModelFileError, TrainingError
from melodyrnn.midi import write_song
from melodyrnn.model.modelfile import Model
from melodyrnn.music import Note, Song, Track
from melodyrnn.training.fine_tuning import check_fits, starting_weights
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer, model_of
from melodyrnn.training.trainer import TrainingOptions

CONFIG = music_config("gru", hidden=8, layers=1, embedding=8)
FIRST_STYLE = sum(size for _, size in sized(INPUT_FEATURES)[: INPUT_COLUMN["style"]])


def base(styles: tuple[str, ...] = ("reel", "jig")) -> Model:
    return Model(CONFIG, Network(CONFIG).export(), ENCODING_VERSION, styles, {})


def fill(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for pitch in range(60, 66):
        song = Song((Track([Note(24 * i, pitch + i % 5, 24, 78) for i in range(8)]),))
        write_song(song, folder / f"{pitch}.mid")
    return folder


def test_new_styles_come_after_those_there_are_and_begin_as_their_mean() -> None:
    model = base()
    weights = starting_weights(model, ("reel", "jig", "polka", "waltz"))
    rows, before = (table["inputs"][FIRST_STYLE:] for table in (weights, model.weights))
    assert np.array_equal(rows[:2], before[:2])
    assert np.allclose(rows[2:4], before[:2].mean(0))
    assert np.array_equal(rows[4:], before[4:])
    assert all(np.array_equal(weights[name], model.weights[name]) for name in weights if name != "inputs")


def test_a_folder_of_old_and_new_styles(tmp_path: Path) -> None:
    fill(tmp_path / "jig")
    fill(tmp_path / "polka")
    model = base()
    corpus = read_corpus(tmp_path, None, known=model.styles)
    assert corpus.styles == ("reel", "jig", "polka")
    numbers = {
        name: {int(p.inputs[0, INPUT_COLUMN["style"]]) for p in pieces.features}
        for name, pieces in corpus.train.items()
    }
    assert numbers == {"jig": {1}, "polka": {2}}
    start = starting_weights(model, corpus.styles)
    options = TrainingOptions(events=256, learning_rate=1e-9, warmup_events=10, validations=1)
    trainer = make_trainer(corpus, CONFIG, options, None, streams=2, window=16, start=start)
    trainer.validate()
    trainer.run()
    tuned = model_of(trainer, corpus.styles, {})
    assert tuned.styles == ("reel", "jig", "polka")
    assert all(np.allclose(tuned.weights[name], weight, atol=1e-5) for name, weight in start.items())


def test_what_comes_out_is_never_worse_than_what_went_in(tmp_path: Path) -> None:
    corpus = read_corpus(fill(tmp_path / "jig"), None, known=base().styles)
    learning = TrainingOptions(events=2560, learning_rate=0.03, warmup_events=10, validations=1)
    learned = make_trainer(corpus, CONFIG, learning, None, streams=2, window=16)
    learned.run()
    spoiling = replace(learning, learning_rate=10.0, validations=4)
    trainer = make_trainer(corpus, CONFIG, spoiling, None, streams=2, window=16, start=learned.network.export())
    trainer.validate()
    trainer.run()
    first, *rest = [row["mean"] for row in trainer.progress.history]
    assert min(rest) > first == pytest.approx(learned.progress.best, abs=1e-4)
    assert all(np.array_equal(trainer.network.export()[n], w) for n, w in learned.network.export().items())


def test_more_styles_than_there_is_room_for(tmp_path: Path) -> None:
    known = tuple(f"style{i}" for i in range(STYLES))
    with pytest.raises(TrainingError, match=f"with the {STYLES} styles there are, {STYLES + 1}; at most {STYLES}$"):
        read_corpus(fill(tmp_path / "jig"), None, known=known)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (replace(base(), encoding_version=99), "x: made for encoding 99, and this version has encoding"),
        (
            replace(base(), config=replace(CONFIG, inputs=(*CONFIG.inputs[:-1], ("other", 3)))),
            "x: reads features that this version does not compute; train from nothing instead",
        ),
        (replace(base(), config=replace(CONFIG, fields=CONFIG.fields[:-1])), "x: its vocabulary is not that of music"),
        (replace(base(), styles=()), "x: has no styles"),
    ],
)
def test_a_model_that_does_not_fit(model: Model, says: str) -> None:
    check_fits(base(), "x")
    with pytest.raises(ModelFileError, match=f"^{says}"):
        check_fits(model, "x")
