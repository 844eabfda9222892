"""`melodyrnn judge`: what it prints, its JSON and its page, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from melodyrnn.midi import write_song
from melodyrnn.music import Note, Song, Track

try:
    import muspy  # noqa: F401
    import sklearn  # noqa: F401
except ModuleNotFoundError:
    pytestmark = pytest.mark.skip(reason="the judge needs the evaluate extra")

MEASURES = ["pieces", "likeness", "form", "loops", "silences", "runs_on", "copied_share", "accuracy", "telltales"]


def fill(folder: Path, first: int, count: int) -> Path:
    """Little tunes, each another one: `count` of them from that number on."""
    folder.mkdir()
    for number in range(first, first + count):
        steps = np.random.default_rng(number).integers(-2, 3, 32)
        pitches = np.clip(64 + np.cumsum(steps), 40, 90).tolist()
        notes = [Note(24 * i, pitch, 24, 80) for i, pitch in enumerate(pitches)]
        write_song(Song((Track(notes),)), folder / f"{number}.mid")
    return folder


@pytest.fixture
def folders(tmp_path):
    """Generated and real pieces, and those of training, of which two were generated again."""
    fill(tmp_path / "generated", 20, 4)
    fill(tmp_path / "real", 0, 12)
    fill(tmp_path / "training", 22, 6)
    (tmp_path / "generated" / "broken.mid").write_bytes(b"")


def test_figures_of_generated_and_real_music_stand_side_by_side(run, folders):
    outcome = run("judge", "generated", "real")
    assert (outcome.exit_code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "4 generated pieces beside 12 real ones"
    assert lines[1].split() == ["generated", "real"]
    assert [line.split("  ")[0] for line in lines[2:5]] == [
        "likeness of the notes (0 to 1)",
        "told apart (0.5: by chance)",
        "bars that repeat an earlier bar",
    ]
    assert lines[3].split()[-2] == "-"  # four pieces are too few to tell anything apart
    assert "copies" not in outcome.out
    assert lines[-1].startswith("skipped ")
    assert "broken.mid: is empty" in lines[-1]


def test_json_has_every_measure_and_copies_of_the_training_music(run, folders):
    outcome = run("judge", "generated", "real", "--train", "training", "--json")
    assert (outcome.exit_code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert next(iter(found)) == "mean_likeness"
    assert set(MEASURES) <= set(found)
    assert found["pieces"] == {"generated": 4, "real": 12}
    assert 0 < found["mean_likeness"]["generated"] <= 1
    assert found["accuracy"]["generated"] is None
    assert found["copied_share"]["generated"] == 0.5  # two of four pieces, whole
    assert sorted(found["longest_copies"])[2:] == [32, 32]
    assert [Path(entry["path"]).name for entry in found["skipped"]] == ["broken.mid"]
    assert "12-note runs that are copies" in run("judge", "generated", "real", "--train", "training").out


def test_the_page_is_a_picture_that_replaces_no_file_unasked(run, folders, tmp_path):
    assert run("judge", "generated", "real", "--page", "page.png").exit_code == 0
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    again = run("judge", "generated", "real", "--page", "page.png")
    assert (again.exit_code, again.out) == (1, "")
    assert again.err.startswith("error: page.png: already exists")
    wrong = run("judge", "generated", "real", "--page", "page.txt")
    assert (wrong.exit_code, wrong.out) == (2, "")
    assert wrong.err == "error: page.txt: the page is a picture: its name must end in .png, .svg, .pdf\n"


def test_too_few_real_pieces_are_one_line(run, folders):
    outcome = run("judge", "real", "generated")
    assert (outcome.exit_code, outcome.err.count("\n")) == (2, 1)
    assert "10 real and 1 are needed" in outcome.err


@pytest.mark.parametrize("library", ["muspy", "sklearn", "matplotlib"])
def test_without_its_extra_the_error_names_what_installs_it(library, tmp_path):
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from melodyrnn.cli.main import main\n"
        f"main(['judge', {str(tmp_path)!r}, {str(tmp_path)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f'error: judging needs {library}: pip install "melodyrnn[evaluate]"\n'
