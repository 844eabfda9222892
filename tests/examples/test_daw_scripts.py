"""The scripts for DAWs: their Lua runs here, with the real melodyrnn, in a stand-in for the DAW."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from melodyrnn.midi import read_song, write_song
from melodyrnn.music import Note, Song, TimeSignature, Track

HERE = Path(__file__).parent
REAPER = HERE.parents[1] / "examples" / "reaper"
TICKS_PER_PULSE = 960 // 24
ROUND_TRIP = """
local midi_file = dofile(arg[1])
local file = assert(io.open(arg[2], "rb"))
local notes = midi_file.read(file:read("a"))
local metres = { { tick = 0, numerator = 3, denominator = 4 } }
io.open(arg[3], "wb"):write(midi_file.write(notes, metres, 90, 6 * 2880, "Copy"))
"""


@pytest.fixture
def lua():
    """Lua 5.3 or newer; skips where none is installed."""
    found = next(filter(None, map(shutil.which, ("lua5.4", "lua5.3"))), None)
    if found is None:
        pytest.skip("not installed: lua5.4 or lua5.3")
    return found


@pytest.fixture
def melodyrnn(tmp_path):
    """A program of that name, which runs this checkout's."""
    if sys.platform == "win32":
        pytest.skip("a script is no program there")
    program = tmp_path / "bin" / "melodyrnn"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m melodyrnn "$@" --random-seed 1\n')
    program.chmod(0o755)
    return program


def tune(bars: int) -> list[tuple[int, int, int, int, int]]:
    """start, stop, channel, pitch, velocity in ticks of 960 a quarter: eight notes a bar."""
    pitches = (60, 62, 64, 67, 65, 64, 62, 60)
    return [
        (bar * 3840 + place * 480, bar * 3840 + place * 480 + 440, 0, pitch + bar % 3 * 2, 90)
        for bar in range(bars)
        for place, pitch in enumerate(pitches)
    ]


def test_lua_reads_and_writes_midi_files_as_python_does(lua, tmp_path):
    track = Track([Note(onset, 50 + onset % 13, 5 + onset % 7, 40 + onset % 80) for onset in range(0, 400, 9)])
    song = Song([track], time_signatures=[TimeSignature(0, 3, 4)])
    write_song(song, tmp_path / "given.mid")
    (tmp_path / "copy.lua").write_text(ROUND_TRIP)
    names = [str(tmp_path / name) for name in ("copy.lua", "given.mid", "made.mid")]
    subprocess.run([lua, names[0], str(REAPER / "midi_file.lua"), *names[1:]], check=True)
    made = read_song(tmp_path / "made.mid")
    assert made.tracks[0].notes == track.notes
    assert made.tracks[0].name == "Copy"
    assert made.time_signatures == (TimeSignature(0, 3, 4),)
    assert made.tempos[0].bpm == 90
    assert made.bars == 6


def in_reaper(lua, melodyrnn, folder, notes, first_quarter, last_quarter):
    """Run the script with these notes as the item and this time selection -> the notes, and what else was printed."""
    path = folder / "notes.txt"
    path.write_text("".join(" ".join(map(str, note)) + "\n" for note in notes))
    arguments = [str(REAPER / "melodyrnn_replace.lua"), str(path), str(first_quarter), str(last_quarter)]
    done = subprocess.run(
        [lua, str(HERE / "reaper_stand_in.lua"), *arguments],
        env=os.environ | {"MELODYRNN": str(melodyrnn)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [tuple(map(int, line.split()[1:])) for line in lines if line.startswith("note ")]
    return rows, [line for line in lines if not line.startswith("note ")]


def test_in_reaper_the_bars_of_the_time_selection_are_made_anew_and_no_others(lua, melodyrnn, tmp_path):
    given = tune(8)
    made, said = in_reaper(lua, melodyrnn, tmp_path, given, 8, 16)
    gap = range(2 * 3840, 4 * 3840)
    assert [note for note in made if note[0] not in gap] == [note for note in given if note[0] not in gap]
    new = [note for note in made if note[0] in gap]
    assert new
    assert new != [note for note in given if note[0] in gap]
    assert all(note[0] < note[1] <= gap.stop for note in new)
    assert len(said) == 1
    assert "--replace 3-4 " in said[0]


@pytest.mark.parametrize(
    ("notes", "selection", "text"),
    [
        ([], (0, 4), "Select a MIDI item."),
        (tune(4), (4, 4), "Select the bars to make anew as the time selection."),
        (tune(4), (16, 20), "The time selection lies outside the item."),
    ],
)
def test_in_reaper_a_message_says_what_to_select(lua, melodyrnn, tmp_path, notes, selection, text):
    made, said = in_reaper(lua, melodyrnn, tmp_path, notes, *selection)
    assert (made, said) == ([*notes], [f"said {text}"])


def test_in_reaper_what_melodyrnn_cannot_do_is_told_and_the_item_stays(lua, tmp_path):
    given = tune(4)
    made, said = in_reaper(lua, tmp_path / "nowhere", tmp_path, given, 4, 8)
    assert made == given
    assert any(line.startswith("said ") and "nowhere" in line for line in said)
