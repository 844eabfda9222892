"""`melodyrnn plot`: a piano roll as a picture."""

from pathlib import Path

import click

from melodyrnn.cli.show.text import say
from melodyrnn.errors import count
from melodyrnn.files import check_writable

EXAMPLES = """\b
Examples:
  melodyrnn plot song.mid -o roll.svg
  melodyrnn plot longer.mid --new-from 17 -o roll.png
  melodyrnn plot song.mid longer.mid --to-bar 24 -o both.svg"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE [FILE2]", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The picture: .svg, or .png, which needs pillow. Default: FILE's name with .svg, in the current folder.",
)
@click.option("--new-from", type=click.IntRange(min=1), metavar="BAR", help="First new bar, counted from 1.")
@click.option("--from-bar", type=click.IntRange(min=1), metavar="BAR", help="First bar to draw.")
@click.option("--to-bar", type=click.IntRange(min=1), metavar="BAR", help="Last bar to draw.")
@click.option("--overwrite", is_flag=True, help="Replace the picture if it exists.")
def plot(
    files: tuple[Path, ...],
    output: Path | None,
    new_from: int | None,
    from_bar: int | None,
    to_bar: int | None,
    overwrite: bool,
) -> None:
    """Draw a MIDI file as a piano roll: a colour for each part, bars and beats, drums by name.

    With FILE2, draw it below FILE, and mark the notes that FILE does not have.
    """
    if len(files) > 2:
        raise click.UsageError(f"unexpected {files[2]}: at most two files are drawn")
    if new_from is not None and len(files) == 2:
        raise click.UsageError("--new-from marks the new bars of one file: leave it out, the two files show them")
    from melodyrnn.drawing import Shown, check_picture_name, new_from_bar, notes_not_in, piano_roll, write_picture
    from melodyrnn.midi import read_song

    target = output or Path(f"{files[-1].stem}.svg")
    check_picture_name(target)
    check_writable([target], overwrite)
    songs = [read_song(file) for file in files]
    if len(songs) == 2:
        shown = [
            Shown(songs[0], title=files[0].name),
            Shown(songs[1], notes_not_in(songs[1], songs[0]), files[1].name),
        ]
    else:
        shown = [Shown(songs[0], new_from_bar(songs[0], new_from) if new_from else None, files[0].name)]
    picture = piano_roll(*shown, from_bar=from_bar, to_bar=to_bar)
    write_picture(picture, target, overwrite)
    parts = max(len(song.tracks) for song in songs)
    say(f"{target}: {count(max(song.bars for song in songs), 'bar')}, {count(parts, 'part')}")
