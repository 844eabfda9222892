"""Train the model `any`, which goes on from music of any kind: many sets, arranged anew at every reading, and loops.

    python scripts/train_any.py DATA --minutes 80 -o any.safetensors [--from song] [--style drums] [--resume]

DATA holds a folder a set, with `train/midi` and `valid/midi` in each: openscore-lieder, string-quartets, mutopia (with
`pieces.csv`), folk-tunes, jsb-chorales and groove; a missing set is left out. `--style` trains one style alone. A
second process reads and arranges pieces while the first learns them. Ctrl-C leaves a checkpoint beside the output, from
which `--resume` goes on.
"""

import argparse
import csv
import math
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import torch

from melodyrnn.api import load_model
from melodyrnn.corpus.arrangement import arranged, excerpt
from melodyrnn.corpus.augmentation import choose_shift, shift
from melodyrnn.corpus.loops import draw_loop
from melodyrnn.encoding.events import ENCODING_VERSION, END, encode
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.model.modelfile import Model, write_model
from melodyrnn.music.song import Song, Track
from melodyrnn.performance import separate
from melodyrnn.training.dataset import batch_of
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Validation, bits_per_note

STYLES = ("any", "chorale", "folk", "song", "drums", "piano", "quartet")
SETS = {  # share of all events, style, chance to be read as it is, chance to be read whole
    "openscore-lieder": (0.20, "song", 0.35, 0.25),
    "string-quartets": (0.15, "quartet", 0.35, 0.25),
    "mutopia": (0.25, "any", 0.3, 0.25),
    "folk-tunes": (0.06, "folk", 0.5, 0.8),
    "jsb-chorales": (0.05, "chorale", 0.5, 0.8),
    "groove": (0.06, "drums", 1.0, 0.8),
    "loops": (0.23, "any", 1.0, 1.0),
}
NAMED_STYLE = 0.5  # the chance that a piece is read under its style and not as `any`
EXCERPT_BARS, MAX_EVENTS, MIN_EVENTS = 48, 1400, 16
BATCH_SIZE, WINDOW = 32, 48
READ_TWICE, POOL_PIECES, FIRST_PIECES = 2, 1500, 150
LEARNING_RATE, WARMUP_EVENTS, FLOOR, CLIP, DROPOUT = 1.5e-3, 200_000, 0.02, 1.0, 0.1
MOST_FILES = 1_000_000  # of a set: all
VALIDATION_SECONDS, VALIDATION_PIECES, VALIDATION_EVENTS = 600, 8, 400


def scores(folder: Path, most: int = MOST_FILES) -> list[tuple[str, Song]]:
    """The scores of a folder's files, by name."""
    found, files = [], midi_files(str(folder))
    for path, reading in read_files(files[:: max(1, len(files) // most)][:most]):
        if not isinstance(reading, Exception) and reading[0].note_count >= MIN_EVENTS:
            found.append((Path(path).stem, separate(reading[0])[0]))
    return found


def grooves_of(songs: list[tuple[str, Song]]) -> dict[tuple[int, int], list[Track]]:
    """Kits by time signature."""
    kits: dict[tuple[int, int], list[Track]] = {}
    for _, song in songs:
        signature = song.time_signatures[0]
        kits.setdefault((signature.numerator, signature.denominator), []).extend(
            track for track in song.tracks if track.is_drum and len(track)
        )
    return kits


def pianos(data: Path) -> set[str]:
    """Names of the Mutopia pieces for piano."""
    table = data / "mutopia" / "pieces.csv"
    if not table.exists():
        return set()
    with open(table, encoding="utf-8", newline="") as file:
        return {row["piece"] for row in csv.DictReader(file) if row["kind"] == "piano"}


def readings(data: Path, style: str | None, random_seed: int, most: int = MOST_FILES) -> Iterator[FeatureMatrices]:
    """Pieces that are ready to learn, without end; of each set at most `most` files, evenly over their order."""
    rng = np.random.default_rng(random_seed)
    sets = {name: row for name, row in SETS.items() if style in (None, row[1]) and (name != "loops" or style is None)}
    pools = {name: scores(data / name / "train" / "midi", most) for name in sets if name != "loops"}
    sets = {name: row for name, row in sets.items() if name == "loops" or pools[name]}
    kits, piano = grooves_of(pools.get("groove", [])), pianos(data)
    drawn = dict.fromkeys(sets, 0)
    while True:
        name = max(sets, key=lambda other: sets[other][0] * (sum(drawn.values()) + 1) - drawn[other])
        _, kind, as_it_is, whole = sets[name]
        if name == "loops":
            song, ends = draw_loop(rng), False
        else:
            title, song = pools[name][int(rng.integers(len(pools[name])))]
            kind = "piano" if name == "mutopia" and title in piano else kind
            song, ends = excerpt(song, rng, EXCERPT_BARS, whole)
        if rng.random() >= as_it_is:
            song = arranged(song, rng, kits)
        events = encode(song).events
        events = (events if ends else events[:-1])[:MAX_EVENTS]
        if len(events) >= MIN_EVENTS:
            number = STYLES.index(kind) if style or rng.random() < NAMED_STYLE else 0
            piece = feature_matrices(events, number)
            drawn[name] += len(events)
            yield shift(piece, choose_shift(piece, rng))


def produce(queue: Any, data: Path, style: str | None, random_seed: int) -> None:
    """Put readings into the queue, without end."""
    for piece in readings(data, style, random_seed):
        queue.put(piece)


class Pool:
    """The pieces at hand, each read twice, and the streams that read them side by side."""

    def __init__(self, queue: Any, selection: Any, rng: np.random.Generator) -> None:
        self._queue, self._selection, self._rng = queue, selection, rng
        self._pieces: list[tuple[FeatureMatrices, int]] = []
        while len(self._pieces) < FIRST_PIECES:
            self._fetch(None)
        self._streams = [(self._next(), 0) for _ in range(BATCH_SIZE)]

    def _fetch(self, timeout: float | None) -> bool:
        try:
            piece = self._queue.get(True, timeout) if timeout is None else self._queue.get(False)
        except Empty:
            return False
        self._pieces.append((self._selection(piece), READ_TWICE))
        return True

    def _next(self) -> FeatureMatrices:
        while len(self._pieces) < POOL_PIECES and self._fetch(0):
            pass
        index = int(self._rng.integers(len(self._pieces)))
        piece, left = self._pieces[index]
        self._pieces[index] = (piece, left - 1)
        if left <= 1 and len(self._pieces) > FIRST_PIECES:
            self._pieces[index] = self._pieces[-1]
            self._pieces.pop()
        return piece

    def next_batch(self) -> Any:
        """The next window of every stream."""
        columns: list[list[Any]] = [[], [], [], []]
        keep = np.ones((WINDOW, BATCH_SIZE), np.float32)
        for stream in range(BATCH_SIZE):
            parts: list[list[Any]] = [[], [], [], []]
            filled = 0
            while filled < WINDOW:
                piece, at = self._streams[stream]
                if at == len(piece.events):
                    piece, at = self._next(), 0
                keep[filled, stream] = at > 0
                taken = min(WINDOW - filled, len(piece.events) - at)
                for part, array in zip(parts, piece, strict=True):
                    part.append(array[at : at + taken])
                self._streams[stream] = (piece, at + taken)
                filled += taken
            for column, part in zip(columns, parts, strict=True):
                column.append(np.concatenate(part))
        return batch_of([np.stack(column, 1) for column in columns], keep)


def held_out(data: Path, selection: Any, style: str | None) -> dict[str, Validation]:
    """Some validation pieces of each set."""
    found = {}
    for name, row in SETS.items():
        songs = scores(data / name / "valid" / "midi") if style in (None, row[1]) and name != "loops" else []
        songs = songs[:: max(1, len(songs) // VALIDATION_PIECES)][:VALIDATION_PIECES]
        events = [encode(song).events[:VALIDATION_EVENTS] for _, song in songs]
        number = STYLES.index(style) if style else 0
        if events:
            notes = sum(int((piece[:, 3] < END).sum()) for piece in events)
            found[name] = Validation([selection(feature_matrices(piece, number)) for piece in events], notes)
    return found


def main() -> None:
    """Train, validate now and then, write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--from", dest="base", default="song")
    parser.add_argument("--style", choices=STYLES[1:])
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.random_seed)
    base, checkpoint = load_model(a.base), a.output.with_suffix(".checkpoint")
    network = Network(base.config, DROPOUT)
    network.load(base.model.weights)
    optimizer = torch.optim.AdamW(network.parameters(), a.learning_rate, weight_decay=0.01, fused=True)
    events, spent = 0, 0.0
    if a.resume:
        kept = torch.load(checkpoint)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        events, spent = kept["events"], kept["seconds"]
    queue: Any = multiprocessing.Queue(64)
    arguments = (queue, a.data, a.style, a.random_seed + events)
    multiprocessing.Process(target=produce, args=arguments, daemon=True).start()
    pool = Pool(queue, base.selection, np.random.default_rng(a.random_seed))
    validation = held_out(a.data, base.selection, a.style)
    state, validated, begun = network.start(BATCH_SIZE), time.monotonic(), time.monotonic() - spent
    network.train()
    try:
        while (seconds := time.monotonic() - begun) < 60 * a.minutes:
            done = seconds / (60 * a.minutes)
            warm = min(1.0, (events + 1) / WARMUP_EVENTS)
            for group in optimizer.param_groups:
                group["lr"] = a.learning_rate * warm * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))
            nats, state = network(pool.next_batch(), state)
            optimizer.zero_grad()
            nats.sum(-1).mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            events += BATCH_SIZE * WINDOW
            if time.monotonic() - validated > VALIDATION_SECONDS:
                bits = {name: round(bits_per_note(network, group)[0], 3) for name, group in validation.items()}
                print(f"{seconds / 60:.1f} minutes, {events} events: {bits}", flush=True)
                validated = time.monotonic()
    except KeyboardInterrupt:
        print("stopped")
    kept = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "events": events, "seconds": seconds}
    torch.save(kept, checkpoint)
    bits = {name: round(bits_per_note(network, group)[0], 3) for name, group in validation.items()}
    about = {"events_heard": events, "validation_bits_per_note": bits}
    model = Model(base.config, network.export(), ENCODING_VERSION, STYLES, about, reads_scores=True)
    write_model(model, a.output, overwrite=True)
    print(bits)


if __name__ == "__main__":
    main()
