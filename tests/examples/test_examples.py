"""The examples: the trainer and the cells learn what is no music at all."""

import importlib.util
import math
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch

from melodyrnn.training.trainer import TrainingOptions

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_text_is_learned_character_by_character(cell: str) -> None:
    characters = load("characters")
    rng = np.random.default_rng(0)
    words = ["the fiddle", "a flute", "one drum", "plays", "answers", "and", "slowly", "the tune again"]
    text = "\n\n".join(" ".join(rng.choice(words, 8)) + "." for _ in range(100))
    torch.manual_seed(0)
    options = TrainingOptions(events=40_000, learning_rate=5e-3, warmup_events=2_000, validations=4)
    trainer, alphabet = characters.learn(text, cell, 48, options)
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    assert trainer.progress.best < entropy / 2
    written = characters.write(trainer.network, alphabet, 300)
    assert len(written) >= 300
    assert set(written) <= set(alphabet) | {"\n"}
    known = {word for group in words for word in group.split()}
    found = [word.strip(".") for word in written.split()]
    assert sum(word in known for word in found) > 0.5 * len(found)
    assert characters.write(trainer.network, alphabet, 300) == written


def test_a_series_is_foretold_better_than_by_its_last_value() -> None:
    forecast = load("forecast")
    series = forecast.mackey_glass(4_000)
    assert np.isfinite(series).all()
    assert 0.2 < series.min() < series.max() < 1.5
    scale = forecast.Scale(series[:3_500])
    levels = scale.levels(series)
    assert np.abs(scale.values(levels[:3_500]) - series[:3_500]).max() <= 0.5 * scale.step + 1e-9
    torch.manual_seed(0)
    options = TrainingOptions(events=60_000, learning_rate=1e-2, warmup_events=2_000, validations=4)
    trainer = forecast.learn(levels[:3_500], "gru", 32, options)
    network, last, misses = [], [], 0.0
    for begin in range(3_500, 3_900, 40):
        futures = forecast.forecast(trainer.network, levels[begin - 100 : begin], 8)
        assert futures.shape == (200, 8)
        came = levels[begin : begin + 8]
        network.append(np.abs(np.median(futures, 0) - came))
        last.append(np.abs(levels[begin - 1] - came))
        low, high = np.quantile(futures, [0.1, 0.9], axis=0)
        misses += float(((came < low - 1) | (came > high + 1)).mean()) / 10
    assert np.mean(network) < 0.5 * np.mean(last)
    assert misses < 0.5
