"""How far back a gradient reaches: its norm against distance, for each cell, as initialized and as trained.

    python benchmarks/gradients.py gru.safetensors lstm.safetensors rnn.safetensors --music DIR --out gradients.png

The models are of one layer and alike but for the cell, as `benchmarks/encoding.py --layers 1 --save MODEL` trains them.
Each hears the first 101 events of 64 pieces of DIR; then the last hidden state, times a random direction, is taken back
through time by the project's own backward pass. Drawn is the mean norm of the gradient of what went into the cell so
many steps before, over that of the last step. Needs matplotlib.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.folder import Pieces, read_pieces
from melodyrnn.encoding.matrices import Selection
from melodyrnn.model.modelfile import read_model
from melodyrnn.training.dataset import Batch, batch_of
from melodyrnn.training.network import Network
from melodyrnn.training.recurrence import unroll

STEPS, PIECES = 101, 64
COLOURS = {"rnn": "#c2570c", "gru": "#0b7285", "lstm": "#8e3a96"}
TOLD = (1, 5, 10, 20, 50, 100)


def norms(network: Network, batch: Batch) -> npt.NDArray[np.float64]:
    """Mean norm of the gradient at each distance from the last step, 0 to T - 1, over that at distance 0."""
    config = network.config
    with torch.no_grad():
        x = F.embedding_bag(batch.inputs.flatten(0, 1) + network.offsets, network["inputs"], mode="sum")
        x = x + batch.dense.flatten(0, 1) / config.dense_scale @ network["dense"]
        gates = F.linear(x, network["layer0.w_xh"], network["layer0.b_x"]).view(*batch.keep.shape[:2], -1)
    gates.requires_grad_()
    w_hh, b_h = network["layer0.w_hh"].detach(), network["layer0.b_h"].detach()
    h, _ = unroll(config.cell, gates, w_hh, b_h, network.start(gates.shape[1])[0], batch.keep)
    direction = torch.randn(config.hidden, generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad((h[-1] * direction).sum(), gates)
    by_distance = gradient.double().norm(dim=-1).mean(1).flip(0).numpy()
    relative: npt.NDArray[np.float64] = by_distance / by_distance[0]
    return relative


def heard(pieces: Pieces, select: Selection) -> Batch:
    """The first events of the first pieces that are long enough, side by side."""
    rows = [select(piece) for piece in pieces.features if len(piece.events) >= STEPS][:PIECES]
    arrays = [np.stack([getattr(piece, name)[:STEPS] for piece in rows], 1) for name in rows[0]._fields]
    keep = np.ones((STEPS, len(rows)), np.float32)
    keep[0] = 0
    return batch_of(arrays, keep)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--music", required=True)
    parser.add_argument("--out", type=Path, default=Path("gradients.png"))
    a = parser.parse_args()
    pieces = read_pieces(a.music, cache=PieceCache())
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True, layout="constrained")
    result: dict[str, Any] = {}
    for path in a.models:
        model = read_model(path)
        config = model.config
        batch = heard(pieces, Selection(config.inputs, config.dense, config.head_features, config.dense_scale))
        torch.manual_seed(0)
        network = Network(config)
        for panel, title in zip(panels, ("as initialized", "after training"), strict=True):
            if title == "after training":
                network.load(model.weights)
            curve = norms(network, batch)
            panel.semilogy(curve, label=config.cell, color=COLOURS[config.cell], linewidth=1.8)
            panel.set(title=title, xlabel="steps back")
            result[f"{config.cell} {title}"] = {str(distance): float(f"{curve[distance]:.2e}") for distance in TOLD}
    panels[0].set_ylabel("norm of the gradient, over that of the last step")
    for panel in panels:
        panel.grid(alpha=0.3)
        panel.legend(frameon=False)
    figure.savefig(a.out, dpi=110)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
