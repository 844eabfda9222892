"""The judge of musical quality: what a model generates beside held-out music, as JSON and a page of pictures.

    python benchmarks/quality.py MODEL --test DIR [--train DIR [--valid DIR --ngram]] [--style STYLE] [--pieces 200]
        [--processes 2] [--keep DIR] [--out quality.json] [--page quality.png]

MODEL is a shipped model or style, or a model file; for a folder of generated MIDI files there is `melodyrnn judge`. The
model is asked for pieces from nothing that end where it ends them, and for continuations of the first 4 bars of test
pieces. `--train` is needed for copying and for `--ngram`, whose order `--valid` chooses; `--keep` writes the generated
pieces as MIDI. docs/quality.md says what each figure means. Needs the `evaluate` extra.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import melodyrnn
from melodyrnn.api import choose_model, load_model
from melodyrnn.corpus.folder import readable_songs
from melodyrnn.encoding.events import encode
from melodyrnn.evaluation.bar_bits import bar_bits, model_bits
from melodyrnn.evaluation.continuation import kept, nearer
from melodyrnn.evaluation.copying import KnownMelodies
from melodyrnn.evaluation.judge import compare, plain
from melodyrnn.evaluation.ngram import best_ngram
from melodyrnn.evaluation.page import draw_page
from melodyrnn.generation import MusicModel
from melodyrnn.midi.folder import midi_files
from melodyrnn.music.song import Song

SEED_BARS = 4
MOST_NEW_BARS = 28  # with the seed 32: enough for a form to show
FEWEST_NEW_BARS = 4
SEED_RANDOM = 100_000  # continuations draw other numbers than pieces from nothing


def songs_in(folder: str) -> list[Song]:
    """Every song with notes below a folder, in order of name; what cannot be read is named on stderr."""
    skipped: list[tuple[str, str]] = []
    songs = [song for _, song in readable_songs(midi_files(folder), skipped) if song.note_count]
    for _, reason in skipped:
        print(f"skipped {reason}", file=sys.stderr)
    return songs


def openings(songs: Sequence[Song]) -> list[tuple[Song, Song]]:
    """(the first 4 bars, how they go on for at most 28 more) of songs long enough."""
    pairs = []
    for song in songs:
        join, end = (song.bar_lines.start(bar) for bar in (SEED_BARS, min(song.bars, SEED_BARS + MOST_NEW_BARS)))
        if song.bars < SEED_BARS + FEWEST_NEW_BARS or song.time_signatures[-1].onset_pulses >= join:
            continue
        seed, rest = song.until_pulse(join), song.from_pulse(join).until_pulse(end - join)
        if seed.note_count and rest.note_count:
            pairs.append((seed, rest))
    return pairs


@cache
def player_of(model: str) -> MusicModel:
    """The model, read once a process."""
    return load_model(model)


def invent(task: tuple[str, str, int]) -> Song:
    """One piece from nothing, ended by the model."""
    model, style, number = task
    return melodyrnn.generate(None, None, model=player_of(model), style=style, random_seed=number)


def go_on(task: tuple[str, str, int, Song, int]) -> Song:
    """The new bars of one continuation."""
    model, style, number, seed, bars = task
    return melodyrnn.generate(
        seed, bars, model=player_of(model), style=style, random_seed=SEED_RANDOM + number, with_seed=False
    )


def in_processes(work: Callable[[Any], Song], tasks: Sequence[Any], processes: int) -> list[Song]:
    """Every task done, in order."""
    if processes == 1:
        return [work(task) for task in tasks]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, tasks, chunksize=4))


def likelihoods(
    player: MusicModel, style: int, test: Sequence[Song], train: Sequence[Song], valid: Sequence[Song]
) -> dict[str, Any]:
    """Bits per note of the model, and of the n-gram where there is music to count."""
    pieces = [encode(song).events for song in test]
    found: dict[str, Any] = {"model": asdict(bar_bits(test, pieces, model_bits(player, pieces, style)))}
    if train:
        training, validation = ([encode(song).events for song in songs] for songs in (train, valid))
        if not validation:
            training, validation = [p for i, p in enumerate(training) if i % 10], training[::10]
        ngram, bits = best_ngram(training, validation, pieces)
        found["ngram"] = asdict(ngram) | asdict(bar_bits(test, pieces, [of_piece.sum(1) for of_piece in bits]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--test", required=True)
    parser.add_argument("--train")
    parser.add_argument("--valid")
    parser.add_argument("--style")
    parser.add_argument("--ngram", action="store_true", help="bits per note of an n-gram model too: takes minutes")
    parser.add_argument("--keep", type=Path, help="a folder to write the generated pieces to")
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("quality.json"))
    parser.add_argument("--page", type=Path)
    a = parser.parse_args()
    if a.ngram and not a.train:
        parser.error("--ngram counts what is in --train, which is not given")
    started = time.perf_counter()

    def tell(what: str) -> None:
        print(f"{time.perf_counter() - started:6.1f} s  {what}", file=sys.stderr, flush=True)

    tell("reading")
    test = songs_in(a.test)
    train, valid = (songs_in(folder) if folder else [] for folder in (a.train, a.valid))
    known = KnownMelodies(train) if train else None
    result: dict[str, Any] = {"test_pieces": len(test)}
    player, style = choose_model(a.model, a.style)
    result |= {"model": player.name, "style": style}
    tell("bits per note")
    result["bits_per_note"] = likelihoods(player, player.style_number(style), test, train if a.ngram else [], valid)
    tell("from nothing")
    invented = in_processes(invent, [(a.model, style, number) for number in range(a.pieces)], a.processes)
    tell("continuations")
    known_pairs = openings(test)
    pairs = [known_pairs[number % len(known_pairs)] for number in range(a.pieces)] if known_pairs else []
    tasks = [(a.model, style, number, seed, rest.bars) for number, (seed, rest) in enumerate(pairs)]
    continued = in_processes(go_on, tasks, a.processes)
    for kind, songs in (("from-nothing", invented), ("continuations", continued)) if a.keep else ():
        (a.keep / kind).mkdir(parents=True, exist_ok=True)
        for number, song in enumerate(songs):
            if song.note_count:
                melodyrnn.write_song(song, a.keep / kind / f"{number:03}.mid", overwrite=True)
    tell("judging")
    from_nothing = compare(test, invented, known)
    result["from_nothing"] = from_nothing.as_json()
    if pairs:
        seeds, true = [seed for seed, _ in pairs], [rest for _, rest in pairs]
        result["continuations"] = compare([rest for _, rest in known_pairs], continued, known).as_json()
        result["continuations"]["kept"] = {
            "generated": asdict(kept(seeds, continued, true)),
            "real": asdict(kept(seeds, true, true)) | {"nearer": nearer(seeds, true)},
        }
    if a.page:
        tell("drawing")
        draw_page(a.page, f"{player.name} {style}", test, invented, from_nothing)
    a.out.write_text(json.dumps(plain(result), indent=1) + "\n", encoding="utf-8")
    tell(f"wrote {a.out}")
    print(
        json.dumps(
            plain({"mean_likeness": asdict(from_nothing.mean_likeness), "accuracy": asdict(from_nothing.accuracy)})
        )
    )


if __name__ == "__main__":
    try:
        main()
    except melodyrnn.MelodyRnnError as error:
        sys.exit(f"quality.py: {error}")
