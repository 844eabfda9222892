"""`melodyrnn adapt`: a model that knows a few pieces, in about a minute, without torch."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from melodyrnn.cli.options.limits import IN_THIS_PROCESS, limit_options, limits_of
from melodyrnn.cli.show import json_lines
from melodyrnn.cli.show.progress import progress_bar
from melodyrnn.cli.show.text import say
from melodyrnn.errors import count

EXAMPLES = """\b
Examples:
  melodyrnn adapt song.mid other.mid -o mine.safetensors
  melodyrnn generate --model mine.safetensors --seed song.mid"""

EVENTS_LEARNED = 120_000  # in all passes together: about a minute
MOST_PASSES, LEAST_PASSES = 40, 1
DECAY_TO_BASE = 10.0


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Model file to write.")
@click.option("--model", help="Model to start from: an included model, or a model file. Default: any.")
@click.option("--style", help="Style of the model to learn the files as. Default: as in generate.")
@click.option(
    "--random-seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed for the order of the pieces."
)
@click.option("--overwrite", is_flag=True, help="Replace the model file if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print what happens as lines of JSON.")
@limit_options(IN_THIS_PROCESS)
def adapt(
    files: tuple[Path, ...],
    output: Path,
    model: str | None,
    style: str | None,
    random_seed: int,
    overwrite: bool,
    as_json: bool,
    **most: Any,
) -> None:
    """Make a model that knows a few MIDI files, in about a minute: its music is more like them.

    It needs no torch. For hundreds of files `melodyrnn train --from` learns more, in more time.
    """
    from melodyrnn.api import choose_model
    from melodyrnn.encoding.events import encode
    from melodyrnn.files import check_writable
    from melodyrnn.generation import Seed
    from melodyrnn.generation.adaptation import adapted, bits_per_event
    from melodyrnn.midi import LIMITS, read_song
    from melodyrnn.model.learning import LearningOptions
    from melodyrnn.model.modelfile import write_model
    from melodyrnn.performance import separate

    check_writable([output], overwrite)
    limits = limits_of(most, LIMITS)
    songs = [read_song(file, limits) for file in files]
    seeds = [Seed.of(song, str(file)) for song, file in zip(songs, files, strict=True)]  # refuses what has no notes
    player, style = choose_model(model, style, seeds[0])
    number = player.style_number(style)
    pieces = [encode(separate(song)[0] if player.reads_scores else song).events for song in songs]
    events = sum(map(len, pieces))
    passes = max(LEAST_PASSES, min(MOST_PASSES, EVENTS_LEARNED // events))
    options = LearningOptions(passes=passes, decay_to_base=DECAY_TO_BASE, longest=events)
    bar = nullcontext(json_lines.telling_part("progress")) if as_json else progress_bar("Learning")
    with bar as report:
        learned = adapted(player, pieces, number, options, random_seed, report)
    about = {**player.about, "adapted": {"from": player.name, "style": style, "files": [file.name for file in files]}}
    write_model(replace(learned.model, about=about), output, overwrite)
    notes = sum(song.note_count for song in songs)
    before, after = (
        sum(bits_per_event(each, piece, number) * len(piece) for piece in pieces) / notes for each in (player, learned)
    )
    if as_json:
        json_lines.tell("written", path=str(output), style=style, notes=notes, bits_before=before, bits=after)
        return
    say(f"{output}: {player.name} has learned {count(len(files), 'file')} as {style}")
    say(f"{before:.3f} bits per note of {'it' if len(files) == 1 else 'them'} before, {after:.3f} after")
