"""The piano roll on a terminal: what is drawn where, and that it fits."""

import io
import os
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from melodyrnn.cli.show.piano_roll import piano_roll, print_piano_roll
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, Track

SAMPLES = Path(__file__).parents[3] / "midi_samples"


def drawn(song: Song, seed_bars: int, width: int = 80) -> list[str]:
    return [line.plain for line in piano_roll(song, seed_bars, width)]


def test_notes_bar_lines_and_pitch_names():
    notes = [
        Note(0, 60, 24, 80),
        Note(24, 60, 24, 80),
        Note(48, 62, 48, 80),
        Note(96, 59, 96, 80),
        Note(192, 72, 3, 80),
    ]
    song = Song((Track(notes),), length_pulses=3 * 96)
    assert drawn(song, 1, 80) == [
        "      1                2                3",
        "   C5 │                ║                │▌               │",
        *["      │                ║                │                │"] * 9,
        "      │        ███████▌║                │                │",
        "      │                ║                │                │",
        "   C4 │███▌███▌        ║                │                │",
        "   B3 │                ║███████████████▌│                │",
    ]


def test_a_note_across_a_bar_line_goes_on():
    song = Song((Track([Note(72, 60, 48, 80)]),), length_pulses=192)
    before, after = " " * 12 + "█" * 4, "█" * 3 + "▌" + " " * 12
    assert drawn(song, 0)[1] == f"   C4 │{before}█{after}│"


def test_drums_have_names_and_no_length():
    song = Song((Track([Note(0, 36, 90, 80), Note(24, 38, 6, 80)], is_drum=True),), length_pulses=96)
    for width, margin in ((80, 11), (40, 6)):
        lines = drawn(song, 0, width)
        assert [line[:margin].strip() for line in lines[1:]] == ["snare", "kick"]
        assert [line[margin:].strip("│ ") for line in lines[1:]] == ["▌", "▌"]


def test_the_seed_and_the_new_bars_are_told_apart_by_colour():
    song = Song((Track([Note(0, 60, 24, 80), Note(96, 60, 24, 80)]),), length_pulses=192)
    line = piano_roll(song, 1, 80)[1]
    styles = {str(span.style) for span in line.spans if "█" in line.plain[span.start : span.end]}
    assert styles == {"dim cyan", "bold cyan"}


def test_each_part_has_its_colour_and_new_notes_may_stand_before_given_ones():
    song = Song((Track([Note(0, 60, 24, 80), Note(96, 60, 24, 80)]), Track([Note(0, 72, 24, 80)])), length_pulses=192)
    lines = piano_roll(song, 0, 80, new=[[True, False], [False]])
    styles = [[str(span.style) for span in line.spans if "█" in line.plain[span.start : span.end]] for line in lines]
    assert styles[1] == ["dim magenta"] * len(styles[1])
    assert set(styles[-1]) == {"bold cyan", "dim cyan"}
    assert styles[-1][0] == "bold cyan"


def test_the_parts_are_named_in_their_colours_and_without_colours_not_at_all():
    song = read_song(SAMPLES / "frere_jacques.mid")
    for no_color, named in ((False, True), (True, False)):
        out = io.StringIO()
        console = Console(
            file=out, force_terminal=True, color_system="standard", no_color=no_color, width=80, height=30
        )
        print_piano_roll(song, 8, console=console)
        assert ("█ \x1b[0mTrumpet" in out.getvalue()) == named
        assert ("\x1b[36m" in out.getvalue()) == named


@pytest.mark.parametrize("width", [20, 40, 80, 132])
@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.mid")), ids=lambda path: path.stem)
def test_it_fits_the_terminal(sample, width):
    song = read_song(sample)
    lines = drawn(song, song.bars - 8, width)
    assert all(len(line) <= width for line in lines)
    assert len({len(line) for line in lines[1:]}) == 1
    assert len(piano_roll(song, song.bars - 8, width, 12)) <= 20
    assert any("▌" in line or "▐" in line or "█" in line for line in lines)


def test_silence_is_drawn_as_bar_numbers_alone():
    assert [line.split() for line in drawn(Song((Track([]),), length_pulses=192), 0)] == [["1", "2"]]


def test_nothing_where_the_terminal_has_no_such_characters():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_piano_roll(read_song(SAMPLES / "ode_to_joy.mid"), 8, console=Console(file=out))
    out.flush()
    assert out.buffer.getvalue() == b""


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What `melodyrnn ARGUMENTS` writes to a terminal."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(environment)
        os.execv(sys.executable, [sys.executable, "-m", "melodyrnn", *arguments])
    said, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(terminal)
    os.waitpid(child, 0)
    return said.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_generate_draws_on_a_terminal_and_not_in_a_pipe(run, tmp_path):
    arguments = ["generate", "--seed", str(SAMPLES / "ode_to_joy.mid"), "--bars", "2", "--random-seed", "1"]
    terminal = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "30", "PYTHONIOENCODING": "utf-8"}
    coloured = on_a_terminal([*arguments, "-o", str(tmp_path / "a.mid")], {**terminal, "NO_COLOR": ""})
    assert "║" in coloured
    assert "\x1b[1;36m" in coloured
    plain = on_a_terminal([*arguments, "-o", str(tmp_path / "b.mid")], {**terminal, "NO_COLOR": "1"})
    assert "║" in plain
    assert "36m" not in plain
    assert "║" not in run(*arguments, "-o", "c.mid").out
