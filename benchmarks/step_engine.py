"""How long one event (one note) takes on one thread, beside what bounds it and beside other ways to get a note.

    python benchmarks/step_engine.py [--model FILE] [--notochord "PYTHON SCRIPT"] [--midigpt "PYTHON SCRIPT"]

In milliseconds, as median and 99th percentile:

    engine    the network for one event: the recurrent step and the logits of all six fields
    event     the whole event as played: features, engine, constraints, six draws, and taking the event in
    floor     every matrix that `engine` multiplies by, read once in numpy with nothing else done (`max` of each)
    torch     what `engine` computes, by the training network in eager and inference mode, batch 1. Like the engine it
              starts from lists of tokens; unlike the engine it gets all six fields at once, which favours torch
    peers     a note in Notochord and in MIDI-GPT as the scripts named measure it, each in its own Python

`engine_over_floor` and `torch_eager_over_engine` are about `engine`. A note of the peers includes its draw, so
`notochord_over_engine` and `midigpt_over_engine` are about `event`, the dearer one; Notochord counts with the faster of
its two ways to draw. Ours are measured in turns of 25 events of one generated piece, so that a busy machine slows all
alike; then the peers. The engine folds a row of its input table when it first meets it: the medians are of the events
after the first 300, `engine_first_events` is of the first 100. Prints one JSON object, null for what is not there.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import importlib.util
import json
import platform
import shlex
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from melodyrnn.generation import MusicModel, Sampling
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.library import DEFAULT_STYLE, shipped_models
from melodyrnn.model.engine import Engine
from melodyrnn.model.modelfile import Model, read_model

FIRST, WARM_UP = 100, 300
Row = tuple[Sequence[int], ...]  # inputs, dense, features, event


def engine_step(model: Model) -> Callable[[Row], list[np.ndarray]]:
    """One stream of the engine: an event in, the logits of the six fields out."""
    engine = Engine(model.config, model.weights)
    state = engine.start()

    def step(row: Row) -> list[np.ndarray]:
        inputs, dense, features, event = row
        projected = engine.project(engine.step(state, inputs, dense))
        return [engine.logits(field, projected, event[:field], features) for field in range(len(event))]

    return step


def torch_step(model: Model) -> Callable[[Row], Any]:
    """The same in torch."""
    import torch

    from melodyrnn.training.dataset import Batch
    from melodyrnn.training.network import Network

    torch.set_num_threads(1)
    network = Network(model.config).eval()
    network.load(model.weights)
    state, keep = network.start(1), torch.ones(1, 1, 1)

    @torch.inference_mode()
    def step(row: Row) -> Any:
        nonlocal state
        inputs, dense, features, event = (torch.tensor([[column]]) for column in row)
        batch = Batch(inputs, dense.float(), features, event, keep)
        top, state = network.hidden(batch, state)
        return network.logits(top, batch)

    return step


def matrices(model: Model) -> list[np.ndarray]:
    """What one event multiplies by: everything but vectors, tables of which rows are looked up, and what is folded."""
    tables = ("inputs", "dense", "layer0.w_xh")
    looked_up = (".condition", ".embedded")
    return [
        w for name, w in model.weights.items() if w.ndim == 2 and name not in tables and not name.endswith(looked_up)
    ]


TURN = 25  # events in a row for each in turn: alike for all what else the machine does, and caches as when alone


def measure(model: Model, events: int, random_seed: int) -> dict[str, list[float]]:
    """Seconds of each, one number an event. Fails where engine and torch do not compute the same."""
    player, weights = MusicModel(model), matrices(model)
    generator = Generator(player, 0, Sampling(), random_seed)
    engine = engine_step(model)
    torch = torch_step(model) if importlib.util.find_spec("torch") else None
    seconds: defaultdict[str, list[float]] = defaultdict(list)

    def timed(name: str, action: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        result = action(*arguments)
        seconds[name].append(time.perf_counter() - start)
        return result

    def play() -> tuple[int, ...]:
        event = generator.next_event()
        generator.push(event)
        return event

    for _ in range(-(-(WARM_UP + events) // TURN)):
        rows = []
        for _ in range(TURN):
            context, selection = generator.context, player.selection
            columns = [context.inputs[i] for i in selection.inputs], [context.dense[i] for i in selection.dense]
            features = context.features_at(0, 0, 0)
            rows.append((*columns, features, timed("event", play)))
        ours = [timed("engine", engine, row) for row in rows]
        for _ in rows:
            timed("floor", lambda: [w.max() for w in weights])
        if torch:
            theirs = [timed("torch", torch, row) for row in rows]
            for a, b in zip(chain(*ours), chain(*theirs), strict=True):
                np.testing.assert_allclose(a, b[0].numpy(), rtol=1e-4, atol=1e-4)
    result = {name: values[WARM_UP:] for name, values in seconds.items()}
    return {"engine_first_events": seconds["engine"][:FIRST], **result}


def peer(command: str | None) -> dict[str, Any] | None:
    """What a peer's script prints, run with one thread; None where there is no such script."""
    if command is None:
        return None
    with tempfile.TemporaryDirectory() as folder:  # where it may keep its files
        run = subprocess.run(
            [*shlex.split(command), "--threads", "1"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_DATA_HOME": folder},
        )
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", default=shipped_models().get(DEFAULT_STYLE), help="a model file; else the shipped one"
    )
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--notochord", help="its Python and the script that measures it")
    parser.add_argument("--midigpt", help="its Python and the script that measures it")
    a = parser.parse_args()
    model = read_model(a.model)
    seconds = measure(model, a.events, a.random_seed)
    ms = {
        name: {"median": round(1e3 * float(np.median(v)), 4), "p99": round(1e3 * float(np.percentile(v, 99)), 4)}
        for name, v in seconds.items()
    }
    median = {name: float(np.median(v)) for name, v in seconds.items()}
    notochord, midigpt = peer(a.notochord), peer(a.midigpt)
    notes = {
        "notochord": min(v["median"] for k, v in notochord.items() if k.endswith("ms_per_note")) if notochord else None,
        "midigpt": midigpt["ms_per_note"]["median"] if midigpt else None,
    }
    over_event = {
        f"{name}_over_engine": note and round(note / ms["event"]["median"], 1) for name, note in notes.items()
    }
    result = {
        "engine_over_floor": round(median["engine"] / median["floor"], 3),
        "event_over_floor": round(median["event"] / median["floor"], 3),
        "torch_eager_over_engine": round(median["torch"] / median["engine"], 2) if "torch" in median else None,
        **over_event,
        "ms": ms,
        "peers": {"notochord": notochord, "midigpt": midigpt},
        "floor_megabytes": round(sum(w.nbytes for w in matrices(model)) / 1e6, 2),
        "parameters": sum(w.size for w in model.weights.values()),
        "events": a.events,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
