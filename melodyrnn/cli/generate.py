"""`melodyrnn generate`: continue a MIDI file, or start from nothing."""

import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.options.limits import IN_THIS_PROCESS, LIMIT_OPTIONS, limit_options, limits_of
from melodyrnn.cli.options.music import music_options
from melodyrnn.cli.show.progress import working
from melodyrnn.cli.show.text import say
from melodyrnn.errors import MidiFileError, ModelFileError, count
from melodyrnn.options import HUMANIZE

if TYPE_CHECKING:
    from melodyrnn.generation import Continuation
    from melodyrnn.midi.appending import ContinuedFile
    from melodyrnn.midi.seedfile import SeedFile
    from melodyrnn.music import Song

RANGES = ("seed", "free")
LARGEST_RANDOM_SEED = 999_999  # of those chosen here: short enough to type again

EXAMPLES = """\b
Examples:
  melodyrnn generate --seed song.mid -o longer.mid
  melodyrnn generate --seed song.mid --bars 16 --temperature 0.9 --variations 3
  melodyrnn generate --style folk --key "D major" --low C4 --high A5 -o tune.mid
  melodyrnn generate --style drums --bars 4 --tempo 96 -o beat.mid
  melodyrnn generate --seed tune.mid --form AABA --variation 0.3 --humanize 0.5"""


@click.command(epilog=EXAMPLES)
@click.argument("stray", nargs=-1, metavar="", type=click.Path())
@click.option("--seed", type=click.Path(path_type=Path), help="MIDI file to go on from. Without one, from nothing.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="MIDI file to write. Default: a new name, here.")
@click.option(
    "--from-bar", type=click.IntRange(min=1), metavar="BAR", help="The seed begins with this bar of its file."
)
@click.option("--to-bar", type=click.IntRange(min=1), metavar="BAR", help="The seed is the file up to this bar.")
@music_options("generate")
@click.option(
    "--variations", type=click.IntRange(1, 999), default=1, help="Write so many files: out-1.mid, out-2.mid ..."
)
@click.option(
    "--with-seed/--without-seed", default=True, help="Write the seed too (the default), or the new bars alone."
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--json", "as_json", is_flag=True, help="Say what was made as JSON.")
@limit_options(IN_THIS_PROCESS)
def generate(
    stray: tuple[str, ...],
    seed: Path | None,
    output: Path | None,
    style: str | None,
    model: str | None,
    random_seed: int | None,
    variations: int,
    humanize: float | None,
    overwrite: bool,
    as_json: bool,
    with_seed: bool,
    from_bar: int | None,
    to_bar: int | None,
    **asked: Any,
) -> None:
    """Continue a MIDI file by exactly so many bars, in its own tempo, metre and instruments."""
    if stray:
        raise click.UsageError(f"unexpected {' '.join(stray)}: a seed is given as --seed {stray[0]}")
    if asked["form"] is not None and asked["bars"] is not None:
        raise click.UsageError("--form says how many bars there are: leave out --bars")
    if asked["form"] is None and asked["variation"] is not None:
        raise click.UsageError("--variation is how much the sections of a --form change: give one")
    if seed is None and (from_bar or to_bar):
        raise click.UsageError("--from-bar and --to-bar choose bars of a seed: give one")
    most = {name: asked.pop(name, None) for name in LIMIT_OPTIONS}
    from melodyrnn import api
    from melodyrnn.files import check_writable, numbered, safe_stem, unused

    targets = None if output is None else numbered(output, variations)
    if targets is not None:
        check_writable(targets, overwrite)
    file = None if seed is None else _read_seed(seed, most, from_bar, to_bar)
    opening = None if file is None else api.seed_in(file)
    player, style = api.choose_model(model, style, opening)
    if targets is None:
        targets = unused(f"{seed.stem}-continued" if seed else safe_stem(style), variations)
        check_writable(targets, overwrite=False)
    first = secrets.randbelow(LARGEST_RANDOM_SEED + 1) if random_seed is None else random_seed

    asked = {name: value for name, value in asked.items() if value is not None}
    numbers = range(first, first + variations)
    with working("Generating"):
        made = [api.continuation(opening, model=player, style=style, random_seed=n, **asked) for n in numbers]
    songs = [each.song if with_seed else each.new_song for each in made]
    amount = HUMANIZE.default if humanize is None else humanize
    files = [
        _written(song, each, file, number, amount, with_seed, asked.get("tempo"))
        for song, each, number in zip(songs, made, numbers, strict=True)
    ]
    _write_all(targets, [each.data for each in files], overwrite and output is not None)

    facts = [
        _facts(target, song, each, number, written, with_seed, style)
        for target, song, each, number, written in zip(targets, songs, made, numbers, files, strict=True)
    ]
    remarks = file.remarks if file else ""
    if as_json:
        click.echo(json.dumps({"model": player.name, "seed_remarks": remarks or None, "files": facts}, indent=1))
        return
    if file is not None and file.left_alone:
        say(f"{seed}: {count(file.left_alone, 'part')} left as in the file: at most {len(file.parts)} get new notes")
    if remarks:
        say(f"{seed}: {remarks}")
    for song, its_facts in zip(songs, facts, strict=True):
        _show(song, its_facts)


def _read_seed(path: Path, most: Mapping[str, Any], from_bar: int | None, to_bar: int | None) -> "SeedFile":
    """The seed; where it is none but names a style or model, the error says which option it belongs to."""
    from melodyrnn import api
    from melodyrnn.midi.limits import SEED_LIMITS
    from melodyrnn.model.modelfile import read_styles

    try:
        return api.load_seed_file(path, limits_of(most, SEED_LIMITS), from_bar, to_bar)
    except MidiFileError as error:
        try:
            option = "style" if str(path) in api.shipped_styles() or not read_styles(path) else "model"
        except ModelFileError:
            raise error from None
        raise MidiFileError(f"{error}; {path} is a {option}: use --{option} {path}") from None


def _written(
    song: "Song",
    made: "Continuation",
    file: "SeedFile | None",
    random_seed: int,
    humanize: float,
    with_seed: bool,
    tempo: float | None,
) -> "ContinuedFile":
    """The file to write: the seed's own with the new notes, or that of a song from nothing."""
    from melodyrnn import api
    from melodyrnn.midi.appending import ContinuedFile
    from melodyrnn.midi.writing import cut_note_count, midi_bytes
    from melodyrnn.performance.feel import humanized

    if file is None:
        played, shifts = humanized(song, humanize, random_seed)
        return ContinuedFile(midi_bytes(played, shifts), (), (), (), cut_note_count(played))
    return api.continued_file(made, file, with_seed=with_seed, tempo=tempo, humanize=humanize, random_seed=random_seed)


def _write_all(targets: "Sequence[Path]", files: "Sequence[bytes]", overwrite: bool) -> None:
    """Write every file, or none: where one fails, those that were new are taken away again."""
    from melodyrnn.midi.writing import write_bytes

    new = list[Path]()
    try:
        for target, data in zip(targets, files, strict=True):
            is_new = not target.exists()
            write_bytes(data, target, overwrite)
            new += [target] * is_new
    except BaseException:
        for target in new:
            target.unlink(missing_ok=True)
        raise


def _facts(
    target: Path,
    song: "Song",
    made: "Continuation",
    random_seed: int,
    written: "ContinuedFile",
    with_seed: bool,
    style: str,
) -> dict[str, Any]:
    """What is said of one file that was made."""
    from melodyrnn.music.scales import estimate_key

    metre, key = song.time_signatures[-1], estimate_key(song)
    return {
        "path": str(target),
        "bars": song.bars,
        "new_bars": song.bars - with_seed * made.seed_bars,
        "first_new_bar": with_seed * made.seed_bars + 1,
        "notes": song.note_count,
        "new_notes": made.new_note_count,
        "cut_notes": written.cut_notes,
        "closed_at_join": written.closed,
        "left_out_of_new_bars": written.left_out,
        "silent_at_join": written.silent,
        "key": str(key) if key else None,
        "metre": f"{metre.numerator}/{metre.denominator}",
        "bpm": song.tempos[0].bpm,
        "style": style,
        "random_seed": random_seed,
    }


def _show(song: "Song", facts: dict[str, Any]) -> None:
    """One line, and on a terminal the piano roll above it."""
    seed_bars = facts["bars"] - facts["new_bars"]
    if sys.stdout.isatty():
        from melodyrnn.cli.show.piano_roll import print_piano_roll

        print_piano_roll(song, seed_bars)
    bars, notes = count(facts["bars"], "bar"), count(facts["notes"], "note")
    if seed_bars:
        bars = f"{bars} ({facts['new_bars']} new, from bar {facts['first_new_bar']})"
        notes = f"{notes} ({facts['new_notes']} new)"
    if facts["cut_notes"]:
        notes += f", {facts['cut_notes']} cut where they overlapped their own pitch"
    rest = f"{facts['key'] or 'no key'}, {facts['style']}, random seed {facts['random_seed']}"
    say(f"{facts['path']}: {bars}, {notes}, {rest}")
    done = [
        ("closed where the new bars begin", facts["closed_at_join"]),
        ("left out of the new bars", facts["left_out_of_new_bars"]),
        ("faded out before, so that new notes are silent", facts["silent_at_join"]),
    ]
    if any(things for _, things in done):
        changes = "; ".join(f"{what}: {', '.join(things)}" for what, things in done if things)
        say(f"{facts['path']}: {changes}")
