"""Four ways over a gap in a tune: the files, and a picture of them beside each other.

    python examples/four_ways.py midi_samples/minuet_in_g.mid --replace 5-8 --to four_ways

Whatever `melodyrnn generate` takes as an option, `melodyrnn.generate` takes by the same name.
"""

import argparse
from pathlib import Path

import melodyrnn
from melodyrnn.drawing import Shown, contact_sheet, notes_not_in, write_picture


def four_ways(path: Path, bars: str, folder: Path, stay: float = 0.0) -> list[melodyrnn.Song]:
    """Make the bars anew four times, and write what was made and its picture into a new folder."""
    folder.mkdir()
    given, made = melodyrnn.read_song(path), []
    for number in range(1, 5):
        song = melodyrnn.generate(path, replace=bars, stay=stay, random_seed=number)
        melodyrnn.write_song(song, folder / f"way-{number}.mid")
        made.append(song)
    shown = [Shown(song, notes_not_in(song, given), f"way {number}") for number, song in enumerate(made, 1)]
    write_picture(contact_sheet(shown), folder / "ways.svg")
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("song", type=Path)
    parser.add_argument("--replace", default="5-8", metavar="BARS")
    parser.add_argument("--to", type=Path, default=Path("four_ways"), metavar="FOLDER")
    a = parser.parse_args()
    for number, song in enumerate(four_ways(a.song, a.replace, a.to), 1):
        print(f"{a.to / f'way-{number}.mid'}: {song.note_count} notes")


if __name__ == "__main__":
    main()
