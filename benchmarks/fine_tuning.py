"""What fine-tuning is worth: a few files of one composer, a shipped model, and the same minutes from nothing.

    python benchmarks/fine_tuning.py FOLDER --composer Chopin --from song --minutes 10 [--learning-rate 5e-4 1e-3]

FOLDER holds files named COMPOSER-PIECE.mid, at any depth. By a hash of the name 20 of the composer's are chosen to
train on, of which one is held out to tell which weights are best. Eight more choose: among the model's styles as it
comes, and among several learning rates. All the composer's others are the test: no run hears them, and they choose
nothing. Minutes are CPU minutes of one thread, so that a busy machine changes little. Prints JSON: bits per note on
those that choose of every run, and on the test of the model as it comes, fine-tuned, and trained from nothing.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

from melodyrnn.api import load_model
from melodyrnn.cli.options.training import FINE_TUNING_WARMUP_EVENTS, read_base
from melodyrnn.corpus.styles import read_corpus
from melodyrnn.evaluation.likelihood import evaluate_folder
from melodyrnn.generation import MusicModel
from melodyrnn.midi.folder import midi_files
from melodyrnn.model.modelfile import Model
from melodyrnn.training.fine_tuning import starting_weights
from melodyrnn.training.optimizers import default_learning_rate
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer, model_of
from melodyrnn.training.trainer import TrainingOptions

FILES, CHOOSING = 20, 8


def split(folder: Path, composer: str, here: Path) -> dict[str, Path]:
    """Copies of the composer's files -> folders of those to `train` on, to `choose` by and to `test` on."""
    files = [path for path in midi_files(folder) if path.name.startswith(f"{composer}-")]
    files.sort(key=lambda path: hashlib.sha1(path.name.encode()).digest())
    parts = {"train": files[:FILES], "choose": files[FILES : FILES + CHOOSING], "test": files[FILES + CHOOSING :]}
    for name, part in parts.items():
        (here / name / composer).mkdir(parents=True)
        for path in part:
            shutil.copy(path, here / name / composer)
    return {name: here / name / composer for name in parts}


def trained(folder: Path, base: Model | None, minutes: float, rate: float, dropout: float) -> Model:
    """The best weights of a run of so many CPU minutes."""
    corpus = read_corpus(folder, None, known=base.styles if base else ())
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
    parser.add_argument("--learning-rate", type=float, nargs="+", help="of fine-tuning; default: the trainer's")
    parser.add_argument("--rate-from-nothing", type=float, nargs="+", default=[default_learning_rate("adamw", False)])
    parser.add_argument("--dropout", type=float, default=0.1)
    a = parser.parse_args()
    base = read_base(a.base)
    runs = {
        "fine_tuned": (base, a.learning_rate or [default_learning_rate("adamw", True)]),
        "from_nothing": (None, a.rate_from_nothing),
    }
    with tempfile.TemporaryDirectory() as here:
        folders = split(a.folder, a.composer, Path(here))

        def bits(model: MusicModel, style: str, part: str) -> float:
            return round(evaluate_folder(model, folders[part], style).bits_per_note, 3)

        known = load_model(a.base)
        choosing = {style: bits(known, style, "choose") for style in known.styles}
        best = min(choosing, key=lambda style: choosing[style])
        result: dict[str, object] = {"composer": a.composer, "base": a.base, "cpu_minutes": a.minutes}
        result["as_it_comes"] = {"choosing": choosing, "style": best, "test": bits(known, best, "test")}
        for name, (start, rates) in runs.items():
            models: list[tuple[float, MusicModel]] = []
            rows = []
            for rate in rates:
                model = trained(folders["train"], start, a.minutes, rate, a.dropout)
                models.append((bits(MusicModel(model, name), a.composer, "choose"), MusicModel(model, name)))
                rows.append({"learning_rate": rate, "choosing": models[-1][0], **_of_the_run(model)})
                print(json.dumps({name: rows[-1]}), flush=True)
            chosen = min(range(len(rates)), key=lambda i: models[i][0])
            test = bits(models[chosen][1], a.composer, "test")
            result[name] = {"runs": rows, "learning_rate": rates[chosen], "test": test}
    print(json.dumps(result, indent=1))


def _of_the_run(model: Model) -> dict[str, object]:
    return {name: model.about[name] for name in ("minutes", "events_heard", "validation_bits_per_note")}


if __name__ == "__main__":
    main()
