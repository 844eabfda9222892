"""Bits per note of a peer that reads MidiTok's REMI tokens, in all and apart for repeated and new bars.

    python benchmarks/peer.py SCRIPT --train DIR --valid DIR --test DIR --minutes 40 [--programs] --out peer.json

SCRIPT trains and measures by itself: its `main` takes the same options, `load` reads a folder as pieces of (token ids,
notes), and `bits_per_note` is handed the trained network. It is run as it is, but that minutes are those of the
processor, whatever else the machine does; then every token of the test pieces is charged to its bar. A bar is repeated
if its tokens, velocities and metre left out, are those of an earlier bar of the piece, which is what
melodyrnn/evaluation/bars.py asks of notes. Needs what SCRIPT needs. Prints one JSON object.
"""

import argparse
import importlib.util
import json
import math
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

LEFT_OUT = ("Bar_", "TimeSig_", "Velocity_", "BOS_", "EOS_")


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("peer_script", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path}: not a Python script")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def repeated_tokens(names: list[str]) -> npt.NDArray[np.bool_]:
    """Token names of a piece -> whether each stands in a bar that repeats an earlier one; bars begin at `Bar_None`."""
    bars = np.maximum(np.cumsum([name == "Bar_None" for name in names]) - 1, 0)
    contents: list[list[str]] = [[] for _ in range(int(bars[-1]) + 1)]
    for bar, name in zip(bars.tolist(), names, strict=True):
        if not name.startswith(LEFT_OUT):
            contents[bar].append(name)
    seen: set[tuple[str, ...]] = set()
    repeated = []
    for content in map(tuple, contents):
        repeated.append(bool(content) and content in seen)
        seen.add(content)
    return np.asarray(np.array(repeated, bool)[bars])


@torch.inference_mode()
def bits_by_bar(network: Any, tokenizer: Any, pieces: list[tuple[npt.NDArray[np.int64], int]]) -> dict[str, float]:
    """Bits per note of all bars, the repeated and the new."""
    network.eval()
    names = {number: name for name, number in tokenizer.vocab.items()}
    bits, notes = np.zeros(2), np.zeros(2, np.int64)
    for ids, _ in pieces:
        tokens = torch.from_numpy(ids)[None]
        logits, _ = network(tokens[:, :-1])
        nats = torch.nn.functional.cross_entropy(logits[0].float(), tokens[0, 1:], reduction="none")
        written = [names[number] for number in ids[1:].tolist()]
        repeated = repeated_tokens(written).astype(np.int64)
        bits += np.bincount(repeated, nats.double().numpy(), 2) / math.log(2)
        is_note = np.array([name.startswith(("Pitch_", "PitchDrum_")) for name in written])
        notes += np.bincount(repeated[is_note], minlength=2)
    new, again = (float(bits[i] / notes[i]) if notes[i] else math.nan for i in (0, 1))
    return {"all": float(bits.sum() / notes.sum()), "repeated": again, "new": new, "notes": int(notes.sum())}


def main() -> None:
    """Run the script, keep the network it trained, charge its test bits to bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("script", type=Path)
    for name in ("--train", "--valid", "--test"):
        parser.add_argument(name, required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--programs", action="store_true", help="instruments and drums apart, in one stream")
    parser.add_argument("--out", type=Path, default=Path("peer.json"))
    a = parser.parse_args()
    torch.set_num_threads(1)
    peer = load_script(a.script)
    kept: dict[str, Any] = {}
    load, measure = peer.load, peer.bits_per_note

    def loading(tokenizer: Any, folder: str) -> Any:
        kept["tokenizer"], kept["pieces"] = tokenizer, load(tokenizer, folder)
        return kept["pieces"]

    def measuring(network: Any, pieces: Any) -> Any:
        kept["network"] = network
        return measure(network, pieces)

    peer.time = SimpleNamespace(time=time.process_time)  # type: ignore[attr-defined]
    peer.load, peer.bits_per_note = loading, measuring  # type: ignore[attr-defined]
    given = [str(a.script), "--train", a.train, "--valid", a.valid, "--test", a.test, "--minutes", str(a.minutes)]
    own = a.out.with_suffix(".own.json")
    sys.argv = [*given, "--out", str(own), *(["--programs"] if a.programs else [])]
    peer.main()
    trained = json.loads(own.read_text(encoding="utf-8"))
    result = {"parameters": trained["parameters"], "tokens_seen": trained["tokens_seen"], "minutes": a.minutes}
    result |= bits_by_bar(kept["network"], kept["tokenizer"], kept["pieces"])  # the test pieces were read last
    print(json.dumps(result))
    a.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
