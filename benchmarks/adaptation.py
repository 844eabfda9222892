"""How long learning a seed takes on one thread, and how much memory, beside the same in torch.

    python benchmarks/adaptation.py [--model NAME-or-FILE] [--events 300 1000] [--turns 5]

A piece that the model makes from nothing is learned as far as the default `--stay` learns a piece of that length that
is foreign to the model, which takes longest: by `melodyrnn.model.learning`, and by the training network in eager mode
with torch's Adam, clipping and decay, over the same windows. Both end with an engine of the learned weights that is
ready to play. The two take turns in one process, so that a busy machine slows both alike; `seconds` are of the
processor, as the median over turns. `megabytes` is how much the largest memory of a fresh process grows while it learns
once; null where the system does not say. `generate_seconds` is all that learning adds to `generate`: how surprising the
piece is, what the network reads of it, learning, and the engine. Prints one JSON object; without torch its figures are
null.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import importlib.util
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from melodyrnn import generate
from melodyrnn.encoding.events import EventArray, encode
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.generation import MusicModel
from melodyrnn.generation.adaptation import adapted, bits_per_event
from melodyrnn.generation.library import DEFAULT_STYLE, load_model, shipped_models
from melodyrnn.model.engine import Engine
from melodyrnn.model.learning import DEFAULT_STAY, FOREIGN_BITS, LearningOptions, learn, options_for, windows
from melodyrnn.model.modelfile import Model, read_model

Learn = Callable[[Model, FeatureMatrices, LearningOptions], Engine]


def in_numpy(model: Model, piece: FeatureMatrices, options: LearningOptions) -> Engine:
    return Engine(model.config, learn(model.config, model.weights, piece, options, 1))


def in_torch(model: Model, piece: FeatureMatrices, options: LearningOptions) -> Engine:
    import torch

    from melodyrnn.training.dataset import batch_of
    from melodyrnn.training.network import Network

    torch.set_num_threads(1)
    network = Network(model.config, options.dropout)
    network.load(model.weights)
    base = [weight.detach().clone() for weight in network.parameters()]
    optimizer = torch.optim.Adam(network.parameters(), options.learning_rate, betas=(0.9, 0.99))
    rng = np.random.default_rng(1)
    for _ in range(options.passes):
        state = None
        for events in windows(len(piece.events), options, rng):
            batch = batch_of([column[events] for column in piece], (events > 0).astype(np.float32))
            nats, state = network(batch, network.start(events.shape[1]) if state is None else state)
            optimizer.zero_grad()
            nats.sum(-1).mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), options.clip)
            optimizer.step()
            with torch.no_grad():
                for weight, before in zip(network.parameters(), base, strict=True):
                    weight.lerp_(before, options.learning_rate * options.decay_to_base)
    return Engine(model.config, network.export())


WAYS: dict[str, Learn] = {"numpy": in_numpy, "torch": in_torch}


def options_of(events: int) -> LearningOptions:
    return options_for(DEFAULT_STAY, FOREIGN_BITS, events)


def events_of(player: MusicModel, events: int) -> EventArray:
    """So many events of a piece made from nothing; the same each time."""
    found = encode(generate(bars=max(16, events // 2), model=player, random_seed=1)).events[:-1]
    if len(found) < events:
        raise SystemExit(f"the model made {len(found)} events, fewer than {events}")
    return found[:events]


def growth_megabytes(way: str, model: str, piece: FeatureMatrices) -> float | None:
    """How much the largest memory of a fresh process grows when it learns; None where the system does not say."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "piece.npz")
        np.savez(file, *piece)
        command = [sys.executable, __file__, "--model", model, "--once", way, file]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    grown: float | None = json.loads(run.stdout)
    return grown


def learn_once(way: str, model: str, file: str) -> float | None:
    """Learn the piece of a file in this process -> by how many megabytes its largest memory grew."""
    if way == "torch":
        import torch  # noqa: F401 so that what it takes to be there does not count
    loaded = read_model(shipped_models().get(model, model))
    with np.load(file) as arrays:
        piece = FeatureMatrices(*(arrays[name] for name in arrays.files))
    before = largest_megabytes()
    WAYS[way](loaded, piece, options_of(len(piece.events)))
    after = largest_megabytes()
    return None if before is None or after is None else round(after - before, 1)


def largest_megabytes() -> float | None:
    """The largest memory of this process so far. (That of `resource` would be its parent's on Linux, if larger.)"""
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status", encoding="ascii") as status:
            return next((int(line.split()[1]) / 2**10 for line in status if line.startswith("VmHWM")), None)
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def measure(model: str, events: int, turns: int) -> dict[str, object]:
    """Seconds and megabytes of each way, and how many times as much torch takes."""
    player, options = load_model(model), options_of(events)
    loaded, seed = player.model, events_of(player, events)
    piece = player.selection(feature_matrices(seed))
    ways = {name: way for name, way in WAYS.items() if name == "numpy" or importlib.util.find_spec("torch")}
    for way in ways.values():
        way(loaded, piece, replace(options, passes=1))  # what is loaded when first used
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    in_generate = []
    for _ in range(turns):
        for name, way in ways.items():
            start = time.process_time()
            way(loaded, piece, options)
            seconds[name].append(time.process_time() - start)
        start = time.process_time()
        bits_per_event(player, seed, 0)
        adapted(player, [seed], 0, options, 1)
        in_generate.append(time.process_time() - start)
    median = {name: float(np.median(of)) for name, of in seconds.items()}
    megabytes = {name: growth_megabytes(name, model, piece) for name in ways}
    of_torch = median.get("torch")
    numpy_megabytes, torch_megabytes = megabytes["numpy"], megabytes.get("torch")
    return {
        "events": events,
        "passes": options.passes,
        "seconds": {name: round(value, 3) for name, value in median.items()},
        "generate_seconds": round(float(np.median(in_generate)), 3),
        "torch_over_numpy_seconds": of_torch and round(of_torch / median["numpy"], 2),
        "megabytes": megabytes,
        "torch_over_numpy_megabytes": torch_megabytes
        and numpy_megabytes
        and round(torch_megabytes / numpy_megabytes, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_STYLE, help="a shipped model, or a model file")
    parser.add_argument("--events", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--once", nargs=2, metavar=("WAY", "FILE"), help="learn a piece once, and print its megabytes")
    a = parser.parse_args()
    if a.once:
        print(json.dumps(learn_once(a.once[0], a.model, a.once[1])))
        return
    result = {
        "runs": [measure(a.model, events, a.turns) for events in a.events],
        "parameters": sum(w.size for w in read_model(shipped_models().get(a.model, a.model)).weights.values()),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
