"""What every test shares: the folders of samples and of real music, and few, repeatable property tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from melodyrnn.errors import SoundError
from melodyrnn.sound import FluidSynth, find_fluidsynth

# The same examples on every run and machine, and no deadline: a slow machine is not a failure.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def midi_samples() -> Path:
    """The folder of small pieces that the repository carries."""
    return Path(__file__).parents[1] / "midi_samples"


@pytest.fixture(scope="session")
def real_music() -> Path:
    """The folder named by MELODYRNN_DATA: <set>/<train|valid|test>/midi/*.mid. Skips where it is not set."""
    folder = os.environ.get("MELODYRNN_DATA")
    if not folder:
        pytest.skip("MELODYRNN_DATA is not set: it names a folder of real MIDI files")
    if not Path(folder).is_dir():
        pytest.fail(f"MELODYRNN_DATA is not a folder: {folder}")
    return Path(folder)


@pytest.fixture
def linked_folder(tmp_path: Path) -> Path:
    """A folder that links to `elsewhere` beside it, which links back. Skips where links cannot be made."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "music").mkdir()
    try:
        os.symlink(tmp_path / "elsewhere", tmp_path / "music" / "linked", target_is_directory=True)
        os.symlink(tmp_path / "music", tmp_path / "elsewhere" / "circle", target_is_directory=True)
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")
    return tmp_path / "music"


@pytest.fixture(autouse=True, scope="session")
def piece_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of encoded pieces of the tests' own, so that none touches the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELODYRNN_CACHE", str(folder))
        yield folder


@pytest.fixture
def synth() -> FluidSynth:
    """FluidSynth and a sound font, or a skip that says what is missing."""
    try:
        return find_fluidsynth()
    except SoundError as error:
        pytest.skip(str(error))
