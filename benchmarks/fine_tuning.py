"""What fine-tuning is worth: a few files of one composer, a shipped model, and the same minutes from nothing.

    python benchmarks/fine_tuning.py FOLDER --composer Chopin --from song --minutes 10 [--learning-rate 5e-4]

FOLDER holds files named COMPOSER-PIECE.mid, at any depth. By a hash of the name 20 of the composer's are chosen to
train on, of which one is held out to tell which weights are best; all the composer's others are the test, and no run
hears them. Minutes are CPU minutes of one thread, so that a busy machine changes little. Prints JSON: bits per note on
the test of the model as it comes (in each of its styles), fine-tuned, and trained from nothing.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

from melodyrnn.api import load_model
from melodyrnn.cli.training_settings import FINE_TUNING_WARMUP_EVENTS, read_base
from melodyrnn.evaluation.likelihood import evaluate_folder
from melodyrnn.generation import MusicModel
from melodyrnn.midi.folder import midi_files
from melodyrnn.model.modelfile import Model
from melodyrnn.training.fine_tuning import starting_weights
from melodyrnn.training.optimizers import default_learning_rate
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer, model_of, read_corpus
from melodyrnn.training.trainer import TrainingOptions

FILES = 20


def split(folder: Path, composer: str, here: Path) -> tuple[Path, Path]:
    """Copies of the composer's files -> a folder of those to train on, and one of those to test on."""
    files = [path for path in midi_files(folder) if path.name.startswith(f"{composer}-")]
    files.sort(key=lambda path: hashlib.sha1(path.name.encode()).digest())
    for name, part in (("train", files[:FILES]), ("test", files[FILES:])):
        (here / name / composer).mkdir(parents=True)
        for path in part:
            shutil.copy(path, here / name / composer)
    return here / "train" / composer, here / "test" / composer


def trained(folder: Path, base: Model | None, minutes: float, learning_rate: float | None, dropout: float) -> Model:
    """The best weights of a run of so many CPU minutes."""
    corpus = read_corpus(folder, None, known=base.styles if base else ())
    rate = learning_rate or default_learning_rate("adamw", base is not None)
    options = TrainingOptions(minutes, learning_rate=rate, patience=5)
    start = None
    if base:
        options = TrainingOptions(minutes, learning_rate=rate, patience=5, warmup_events=FINE_TUNING_WARMUP_EVENTS)
        start = starting_weights(base, corpus.styles)
    config = base.config if base else music_config()
    trainer = make_trainer(
        corpus, config, options, None, dropout=dropout, threads=1, start=start, clock=time.process_time
    )
    if base:
        trainer.validate()
    trainer.run()
    return model_of(trainer, corpus.styles, {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--composer", required=True)
    parser.add_argument("--from", dest="base", default="song")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--dropout", type=float, default=0.1)
    a = parser.parse_args()
    base = read_base(a.base)
    with tempfile.TemporaryDirectory() as here:
        train, test = split(a.folder, a.composer, Path(here))

        def bits(model: MusicModel, style: str) -> float:
            return round(evaluate_folder(model, test, style).bits_per_note, 3)

        known = load_model(a.base)
        result: dict[str, object] = {"composer": a.composer, "base": a.base, "cpu_minutes": a.minutes}
        result["base_bits_per_note"] = {style: bits(known, style) for style in known.styles}
        for name, start in (("fine_tuned", base), ("from_nothing", None)):
            model = trained(train, start, a.minutes, a.learning_rate if start else None, a.dropout)
            result[f"{name}_bits_per_note"] = bits(MusicModel(model, name), a.composer)
            result[f"{name}_minutes"] = model.about["minutes"]
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
