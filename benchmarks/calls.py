"""What `melodyrnn live --respond` learns from a player: bits a note of each of his calls, before it is learned.

    python benchmarks/calls.py FOLDER... [--style folk] [--model NAME|FILE] [--calls 9] [--bars 2] [--pieces 12]

A call is so many bars of the first melodic track of a file, a player is a file; those of a folder count alike. Each
call is scored twice after all calls before it: by the model as it is, and by the model as live playing has it then,
which has learned those calls between answers. Prints a table, and with --json the same as JSON. The events are those
that live playing pushes; drums, rests and other parts are left out.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from melodyrnn.api import load_model
from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import END, encode
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.errors import MelodyRnnError
from melodyrnn.generation import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.score.learning import CallLearner
from melodyrnn.midi import read_song
from melodyrnn.music import Song
from melodyrnn.options import STAY

LEAST_NOTES = 3  # of a call


def player(song: Song, calls: int, bars: int) -> tuple[list[list[int]], list[int]] | None:
    """The events of a player's calls, and the number of the call of each; None if he plays too few."""
    track = next((track for track in song.tracks if len(track) and not track.is_drum), None)
    if track is None:
        return None
    lines, first = song.bar_lines, int(track.array[0, 0])
    bar = lines.position(first)[0]
    ends = [lines.start(bar + bars * (number + 1)) for number in range(calls)]
    onsets = track.array[:, 0]
    counts = np.diff(np.searchsorted(onsets, [lines.start(bar), *ends]))
    if counts.min() < LEAST_NOTES:
        return None
    melody = Song((track,), song.tempos, song.time_signatures).from_pulse(lines.start(bar)).until_pulse(ends[-1])
    events = encode(melody).events.tolist()
    context, numbers = Context(0), []
    for event in events:
        pulse = context.cursor.bar_start(context.cursor.bar + event[0]) + event[1] + lines.start(bar)
        numbers.append(min(int(np.searchsorted(ends, pulse, side="right")), calls - 1))
        context.push(event)
    return events, numbers


def bits(model: MusicModel, events: list[list[int]], style: int, wanted: list[int]) -> tuple[float, int]:
    """The bits of some events after all before them, and how many of them are notes."""
    matrices = model.selection(feature_matrices(np.array(events[: wanted[-1] + 1]), style))
    nll = model.nll(*(column[:, None] for column in matrices))[wanted]
    return float(nll.sum()) / math.log(2), sum(events[number][3] < END for number in wanted)


def score(model: MusicModel, style: int, events: list[list[int]], numbers: list[int]) -> list[tuple[float, float]]:
    """Bits a note of each call of a player: by the model as it is, and as it has learned the calls before."""
    learner, context, found = CallLearner(model, STAY.default), Context(style), []
    for call in range(numbers[-1] + 1):
        wanted = [n for n, number in enumerate(numbers) if number == call and events[n][3] < END]
        pair = [bits(each, events, style, wanted) for each in (model, learner.model)]
        found.append((pair[0][0] / pair[0][1], pair[1][0] / pair[1][1]))
        learner.begin_call()
        for n, event in enumerate(events[n] for n, number in enumerate(numbers) if number == call):
            if n and event[3] < END:  # the first is not learned, as in live playing: it is when a call begins
                learner.add(context, event)
            context.push(event)
        learner.end_call()
        while learner.step():
            pass
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--style", default="folk")
    options.add_argument("--model", help="default: the shipped one of the style")
    options.add_argument("--calls", type=int, default=9)
    options.add_argument("--bars", type=int, default=2, help="of each call")
    options.add_argument("--pieces", type=int, default=12, help="of each folder, the first that have so many calls")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    model = load_model(asked.model or asked.style)
    style = model.style_number(asked.style)
    result: dict[str, dict[str, Any]] = {}
    with one_thread():
        for folder in asked.folders:
            scores, start = list[list[tuple[float, float]]](), time.process_time()
            for path in sorted(folder.rglob("*.mid")):
                try:
                    found = player(read_song(path), asked.calls, asked.bars)
                except MelodyRnnError as error:
                    print(error, file=sys.stderr)
                    continue
                if found is not None:
                    scores.append(score(model, style, *found))
                if len(scores) == asked.pieces:
                    break
            if not scores:
                sys.exit(f"{folder}: no file has {asked.calls} calls of {asked.bars} bars")
            means = np.mean(scores, axis=0)
            result[str(folder)] = {
                "players": len(scores),
                "as_it_is": [round(value, 3) for value in means[:, 0]],
                "learned": [round(value, 3) for value in means[:, 1]],
                "seconds": round(time.process_time() - start, 1),
            }
    if asked.json:
        print(json.dumps({"model": model.name, "style": asked.style, "bars": asked.bars, "folders": result}))
        return
    print(f"bits a note, model {model.name}, style {asked.style}, calls of {asked.bars} bars")
    print("folder, players |", " ".join(f"call {n + 1:<2}" for n in range(asked.calls)))
    for name, row in result.items():
        for kind in ("as_it_is", "learned"):
            print(f"{name}, {row['players']}, {kind} |", " ".join(f"{value:7.3f}" for value in row[kind]))


if __name__ == "__main__":
    main()
