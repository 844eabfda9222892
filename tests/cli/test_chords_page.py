"""Every command of docs/chords.md runs as it stands there."""

import shlex
from pathlib import Path

import pytest

from melodyrnn.midi import write_song
from melodyrnn.music import Note, Song, Track

PAGE = (Path(__file__).parents[2] / "docs" / "chords.md").read_text("utf-8").splitlines()
COMMANDS = [line.removeprefix("    melodyrnn ") for line in PAGE if line.startswith("    melodyrnn ")]


def band() -> Song:
    """Two bars of C and G."""
    lead = [Note(24 * i, 72 + (0, 4, 7, 4, 2, -1, 2, 7)[i % 8], 24, 80) for i in range(16)]
    bass = [Note(48 * i, 36 + (0, 0, 7, 7)[i % 4], 48, 80) for i in range(8)]
    drums = [Note(24 * i, 36, 12, 80) for i in range(16)]
    return Song([Track(lead, name="Lead"), Track(bass, 33, name="Bass"), Track(drums, is_drum=True, name="Drums")])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(run, command):
    for name in ("verse.mid", "tune.mid", "song.mid"):
        write_song(band(), Path(name))
    Path("sheet.txt").write_text("# verse\nAm F\nC/E G7\n", "utf-8")
    outcome = run(*shlex.split(command), "--bars", 1, "--json")
    assert (outcome.exit_code, outcome.err) == (0, "")
