"""examples/ardour/melodyrnn_replace.lua in a real Ardour, which needs neither sound card nor window."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT, SESSION = ROOT / "examples/ardour/melodyrnn_replace.lua", ROOT / "tests/examples/ardour_session.lua"
BAR_TICKS = 4 * 960
PITCHES = (60, 62, 64, 67, 65, 64, 62, 60)


@pytest.fixture
def ardour(tmp_path):
    """Runs a script in Ardour -> what it prints."""
    program = shutil.which("ardour7-lua")
    if program is None:
        pytest.skip("not installed: ardour7-lua (Debian: ardour)")
    melodyrnn = tmp_path / "melodyrnn"
    melodyrnn.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m melodyrnn "$@"\n')
    melodyrnn.chmod(0o755)
    environment = os.environ | {"HOME": str(tmp_path), "MELODYRNN": str(melodyrnn)}

    def run(script, *arguments):
        command = [program, "--", str(script), *map(str, arguments)]  # after -- Ardour reads no options of its own
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    return run


def notes_in(printed: str) -> list[tuple[int, ...]]:
    lines = (line.split() for line in printed.splitlines() if line.startswith("note "))
    return sorted(tuple(map(int, words[1:])) for words in lines)


def test_bars_of_a_track_are_made_anew_and_no_others(ardour, tmp_path):
    given = [
        (bar * BAR_TICKS + place * 480, bar * BAR_TICKS + place * 480 + 400, 0, pitch + bar % 3 * 2, 90)
        for bar in range(8)
        for place, pitch in enumerate(PITCHES)
    ]
    (tmp_path / "notes.txt").write_text("".join(" ".join(map(str, note)) + "\n" for note in given))
    folder = tmp_path / "session"
    ardour(SESSION, "make", folder, tmp_path / "notes.txt")
    before = notes_in(ardour(SESSION, "print", folder).stdout)
    assert len(before) == len(given)
    done = ardour(SCRIPT, folder, "take", "Lead", "3-4", "--random-seed", 1)
    assert "bars 3-4: " in done.stdout, done.stdout + done.stderr
    after = notes_in(ardour(SESSION, "print", folder).stdout)
    gap = range(2 * BAR_TICKS, 4 * BAR_TICKS)
    assert [note for note in after if note[0] not in gap] == [note for note in before if note[0] not in gap]
    new = [note for note in after if note[0] in gap]
    assert new
    assert new != [note for note in before if note[0] in gap]

    for arguments, text in ((("Bass", "3-4"), "no track Bass: there are Lead"), (("Lead", "x"), "must be like 5-8")):
        assert text in ardour(SCRIPT, folder, "take", *arguments).stderr
