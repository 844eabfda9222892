"""How long takes need that are drawn side by side, beside one and beside one after the other; and what is chosen.

    python benchmarks/takes.py FOLDER [--files 6] [--takes 16] [--best 3] [--bars 8]

For some MIDI files of FOLDER, in seconds of one processor, means:

    first       one take of a seed that is not known: the network learns it, and draws
    one         one more take, drawn alone
    in_turn     all takes, one after the other
    together    all takes, side by side

`together_over_one` is of drawing alone; `takes_over_first` of everything: all takes of an unknown seed beside one.
`same` is the share of takes that are, note for note, those drawn alone. `chosen` compares the best takes with as many
taken as they come: bits a note, distance to the seed, and mean distance between two of them. Prints JSON.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from melodyrnn import api
from melodyrnn.errors import MelodyRnnError
from melodyrnn.generation import Continuation, Request
from melodyrnn.generation.choosing import Choice, distance
from melodyrnn.midi.folder import midi_files
from melodyrnn.music.description import describe

Result = TypeVar("Result")
KNOWN_SEED = 7919  # the random seed of a take that is not measured


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of the processor, and what came of it."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measure(path: Path, takes: int, best: int, bars: int) -> dict[str, float]:
    """All numbers of one seed."""
    seed = api.load_seed(path)
    model, style = api.choose_model(None, None, seed)
    api.continuation(None, Request(model=model, style=style, bars=1))  # what every run of a process pays once
    request = Request(model=model, style=style, bars=bars, takes=takes)
    first, _ = timed(lambda: api.continuation(seed, replace(request, random_seed=KNOWN_SEED)))
    in_turn, alone = timed(
        lambda: [api.continuation(seed, replace(request, random_seed=number)) for number in range(takes)]
    )
    together, made = timed(lambda: api.takes(seed, request))
    choices = api.choices(made, best)
    kept = [take for take, choice in enumerate(choices) if choice.rank is not None]
    return {
        "first": first,
        "one": in_turn / takes,
        "in_turn": in_turn,
        "together": together,
        "takes_over_first": (first - in_turn / takes + together) / first,
        "notes": float(np.mean([take.new_note_count for take in made])),
        "same": float(np.mean([one.song == other.song for one, other in zip(alone, made, strict=True)])),
        **{f"best_{name}": value for name, value in told(made, choices, kept, bars).items()},
        **{f"any_{name}": value for name, value in told(made, choices, range(best), bars).items()},
    }


def told(made: Sequence[Continuation], choices: Sequence[Choice], kept: Sequence[int], bars: int) -> dict[str, float]:
    """What sets some takes apart from each other and from the seed."""
    described = [describe(made[take].new_song, bars) for take in kept]
    apart = [distance(one, other) for one, other in combinations(described, 2)]
    return {
        "bits": float(np.mean([choices[take].measures.get("bits_per_note", np.nan) for take in kept])),
        "to_seed": float(np.mean([choices[take].measures["distance_to_seed"] for take in kept])),
        "apart": float(np.mean(apart)) if apart else float("nan"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=6)
    parser.add_argument("--takes", type=int, default=16)
    parser.add_argument("--best", type=int, default=3)
    parser.add_argument("--bars", type=int, default=8)
    args = parser.parse_args()
    rows = list[dict[str, float]]()
    for path in sorted(midi_files(args.folder)):
        if len(rows) == args.files:
            break
        try:
            rows.append(measure(path, args.takes, args.best, args.bars))
        except MelodyRnnError:
            continue  # a file that nothing can go on from
    means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    found: dict[str, Any] = {"files": len(rows), "takes": args.takes, "bars": args.bars}
    found |= {name: round(value, 3) for name, value in means.items() if not name.startswith(("best_", "any_"))}
    found["together_over_one"] = round(means["together"] / means["one"], 2)
    found["in_turn_over_together"] = round(means["in_turn"] / means["together"], 2)
    found["chosen"] = {
        side: {name: round(means[f"{side}_{name}"], 3) for name in ("bits", "to_seed", "apart")}
        for side in ("best", "any")
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
