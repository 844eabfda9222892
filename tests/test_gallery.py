"""The gallery: every command of the page runs as it stands there, and has its picture."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from melodyrnn.errors import SoundError
from melodyrnn.midi import read_song
from melodyrnn.sound import find_fluidsynth

ROOT = Path(__file__).parents[1]
MOST_BYTES = 1_500_000


def load_script():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "scripts" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gallery = load_script()


@pytest.mark.parametrize("entry", gallery.entries(), ids=lambda entry: entry.name)
def test_a_command_of_the_page_makes_what_its_picture_shows(entry, tmp_path):
    try:
        find_fluidsynth()
    except SoundError:  # the page says to leave it out
        place = entry.words.index("--wav")
        entry = entry._replace(words=entry.words[:place] + entry.words[place + 2 :])
    gallery.run(entry, tmp_path)
    made = sorted(tmp_path.glob("*.mid"))
    assert made
    assert all(path.stem.startswith(entry.name) and read_song(path).note_count for path in made)
    sounds = [path.stem for path in sorted(tmp_path.glob("*.wav"))]
    assert sounds == ([path.stem for path in made] if "--wav" in entry.words else [])
    assert gallery.picture_of(entry, tmp_path).startswith(b"<svg ")


def test_every_command_has_its_picture_and_they_are_small():
    names = [entry.name for entry in gallery.entries()]
    shown = re.findall(r"^!\[[^]]+\]\(gallery/([\w-]+)\.svg\)$", gallery.PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown == names
    assert len(set(names)) == len(names) == 12
    assert {path.stem for path in gallery.FOLDER.glob("*.svg")} == set(names)
    assert sum(path.stat().st_size for path in gallery.FOLDER.iterdir()) < MOST_BYTES


def test_a_command_that_fails_is_an_error(tmp_path):
    entry = gallery.entries()[0]._replace(words=("generate", "nowhere.mid"))
    with pytest.raises(subprocess.CalledProcessError):
        gallery.run(entry, tmp_path)
    shutil.rmtree(tmp_path)
