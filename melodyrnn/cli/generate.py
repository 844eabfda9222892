"""`melodyrnn generate`: continue a MIDI file, or start from nothing."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.options.drums import drums_options
from melodyrnn.cli.options.groups import Grouped
from melodyrnn.cli.options.limits import IN_THIS_PROCESS, LIMIT_OPTIONS, limit_options, limits_of
from melodyrnn.cli.options.music import music_options, number_of
from melodyrnn.cli.options.places import (
    STREAM,
    check_output,
    is_named,
    one_seed,
    sounds_of,
    standard_input,
    targets_of,
)
from melodyrnn.cli.options.sound import soundfont_option
from melodyrnn.cli.show.progress import working
from melodyrnn.cli.show.text import say
from melodyrnn.errors import MidiFileError, ModelFileError, count
from melodyrnn.options import TAKES, VARY, new_random_seed

if TYPE_CHECKING:
    from melodyrnn.generation import Request
    from melodyrnn.midi import Options
    from melodyrnn.midi.seedfile import SeedFile

EXAMPLES = """\b
Examples:
  melodyrnn generate song.mid -o longer.mid
  melodyrnn generate song.mid --bars 16 --temperature 0.9 --wav longer.wav
  melodyrnn generate loop.mid --chords "Am F C G" --takes 8 --best 3 --sheet takes.svg
  melodyrnn generate --style folk --key "D major" --low C4 --high A5 -o tune.mid
  melodyrnn generate --style drums --bars 4 --tempo 96 -o beat.mid
  melodyrnn generate tune.mid --form AABA --vary 0.3 --humanize 0.5
  melodyrnn generate song.mid --replace 5-8 --part Bass
  melodyrnn generate chords.mid --add bass"""


GROUPS = {
    "What to do": (),
    "How it sounds": (),
    "Bounds": (),
    "Files": ("seed", "output", "wav", "soundfont", "sheet", "overwrite", "as_json"),
    "Reading the seed": ("drums", "not_drums", "limits"),
}


@click.command(cls=Grouped, groups=GROUPS, epilog=EXAMPLES)
@click.argument("given", nargs=-1, metavar="[SEED]", type=click.Path())
@click.option("--seed", type=click.Path(), help="The same as SEED.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="MIDI file or folder to write to, - for standard output. Default: a new name in the current folder.",
)
@music_options("generate")
@click.option("--variations", type=number_of(TAKES), hidden=True)  # the former name of --takes
@click.option("--variation", type=number_of(VARY), hidden=True)  # and of --vary with --form
@click.option("--wav", type=click.Path(), help="Write the sound too, to this WAV file. Needs FluidSynth.")
@soundfont_option
@click.option("--sheet", type=click.Path(path_type=Path), help="Draw the takes on one picture, .svg or .png.")
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@drums_options
@limit_options(IN_THIS_PROCESS)
def generate(
    given: tuple[str, ...],
    seed: str | None,
    output: str | None,
    variations: int | None,
    variation: float | None,
    drums: tuple[str, ...],
    not_drums: tuple[str, ...],
    wav: str | None,
    soundfont: Path | None,
    sheet: Path | None,
    overwrite: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Continue a MIDI file, in its own tempo, time signature and instruments.

    SEED is the MIDI file, or - for standard input. Its own bars come back unchanged. Without a SEED the music starts
    from nothing.
    """
    seed = one_seed(given, seed)
    asked["takes"] = asked["takes"] or variations
    asked["vary"] = asked["vary"] if variation is None else variation
    if asked["form"] is not None and asked["bars"] is not None:
        raise click.UsageError("--form sets the number of bars: leave out --bars")
    if seed is None and (
        asked["from_bar"] or asked["to_bar"] or asked["replace"] or asked["add"] or drums or not_drums
    ):
        raise click.UsageError("--from-bar, --to-bar, --replace, --add, --drums and --not-drums need a seed")
    if soundfont is not None and wav is None:
        raise click.UsageError("--soundfont needs --wav FILE")
    check_output(output, asked["best"] or asked["takes"] or TAKES.default, as_json)
    most = {name: asked.pop(name, None) for name in LIMIT_OPTIONS}
    from melodyrnn import api
    from melodyrnn.cli.show.choice import title_of
    from melodyrnn.cli.show.made import facts_of, lines_of
    from melodyrnn.cli.show.piano_roll import print_piano_roll
    from melodyrnn.drawing import Shown, check_picture_name, contact_sheet, notes_not_in, write_picture
    from melodyrnn.files import check_writable, safe_stem
    from melodyrnn.generation.choosing import RULE, best_first
    from melodyrnn.midi import Options
    from melodyrnn.midi.playback import file_to_play
    from melodyrnn.midi.seedfile import parse_seed
    from melodyrnn.music import Song
    from melodyrnn.sound import find_fluidsynth

    if asked["random_seed"] is None:
        asked["random_seed"] = new_random_seed()
    request = api.Request.of(asked)
    copies = request.best or request.takes
    targets = targets_of(output, "", copies) if is_named(output) else []
    sounds = sounds_of(wav, copies)
    if sheet is not None:
        check_picture_name(sheet)
    check_writable([*targets, *sounds, *([] if sheet is None else [sheet])], overwrite)
    synth = find_fluidsynth(soundfont) if sounds else None
    file = None if seed is None else _read_seed(seed, most, Options(drums=drums, not_drums=not_drums), request)
    opening = None if file is None else api.seed_in(file)
    player, style = api.choose_model(request.model, request.style, opening)
    if not targets and output != STREAM:
        made_of = "-replaced" if request.replace else f"-with-{safe_stem(request.add)}" if request.add else "-continued"
        name = Path("seed" if seed == STREAM else seed).stem + made_of if seed else safe_stem(style)
        targets = targets_of(output, name, copies)
        check_writable(targets, overwrite=False)
    request = replace(request, model=player, style=style)

    with working("Generating"):
        takes = api.takes(opening, request)
    known = api.choices(takes, copies) if request.best is not None or sheet is not None else []
    order = best_first(known) if request.best is not None else range(copies)
    made, choices = [takes[take] for take in order], [known[take] for take in order] if known else [None] * copies
    songs = [each.song if request.with_seed else each.new_song for each in made]
    files = [api.continued_file(each, file, request) for each in made]
    if output == STREAM:
        sys.stdout.buffer.write(files[0].data)
    else:
        _write_all(targets, [each.data for each in files], overwrite and is_named(output))
    if synth is not None:
        with working("Rendering"):
            for written, sound in zip(files, sounds, strict=True):
                synth.render(file_to_play(parse_seed(written.data)), sound, overwrite)

    places = [str(target) for target in targets] or ["standard output"]
    facts = [
        {
            **facts_of(target, song, each, written, request),
            "style": style,
            "random_seed": request.random_seed + take,
            **({"take": take + 1, "choice": choice.as_json()} if choice else {}),
        }
        for target, song, each, take, choice, written in zip(places, songs, made, order, choices, files, strict=True)
    ]
    for its_facts, sound in zip(facts, sounds, strict=False):
        its_facts["sound"] = str(sound)
    if sheet is not None:
        shown = [Shown(each.new_song, title=title_of(one)) for each, one in zip(made, facts, strict=True)]
        write_picture(contact_sheet(shown), sheet, overwrite)
    remarks = "; ".join(filter(None, (file.remarks, file.report.assumed, file.report.overruled))) if file else ""
    if as_json:
        summary = {"model": player.name, "seed_remarks": remarks or None, "files": facts}
        if request.best is not None:
            summary |= {"rule": RULE, "takes": [{"take": n, **each.as_json()} for n, each in enumerate(known, 1)]}
        click.echo(json.dumps(summary, indent=1))
        return
    aside = output == STREAM  # then what is said goes beside the file
    if file is not None and file.left_alone:
        left = f"{count(file.left_alone, 'part')} left as in the file"
        say(f"{file.name}: {left}: at most {len(file.parts)} get new notes", err=aside)
    if file is not None and remarks:
        say(f"{file.name}: {remarks}", err=aside)
    for song, take, its_facts in zip(songs, made, facts, strict=True):
        if sys.stdout.isatty():
            new = notes_not_in(song, Song(take.given)) if take.gap and request.with_seed else None
            print_piano_roll(song, its_facts["first_new_bar"] - 1, new)
        for line in lines_of(its_facts):
            say(line, err=aside)


def _read_seed(path: str, most: Mapping[str, Any], options: "Options", request: "Request") -> "SeedFile":
    """The seed; where it is none but names a style or model, the error says which option it belongs to."""
    from melodyrnn import api
    from melodyrnn.midi.limits import SEED_LIMITS
    from melodyrnn.model.modelfile import read_styles

    limits = limits_of(most, SEED_LIMITS)
    data = standard_input(limits.file_bytes) if path == STREAM else None
    name = "standard input" if path == STREAM else path
    try:
        return api.load_seed_file(name, limits, request.from_bar, request.to_bar, options, data)
    except MidiFileError as error:
        try:
            option = "style" if str(path) in api.shipped_styles() or not read_styles(path) else "model"
        except ModelFileError:
            raise error from None
        raise MidiFileError(f"{error}; {path} is a {option}: use --{option} {path}") from None


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
