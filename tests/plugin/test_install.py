"""The plugin installed, tried, found and removed, as a user does it."""

import json
import sys
from pathlib import Path

import pytest

from melodyrnn.cli.main import main
from melodyrnn.errors import PluginError
from melodyrnn.plugin import install
from melodyrnn.plugin.build import compiler

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs `melodyrnn plugin ARGUMENTS` -> (exit code, what it printed). The user's folder is a temporary one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in install.PATHS.values():
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as leaving:
            main(["plugin", *arguments])
        out, err = capsys.readouterr()
        return leaving.value.code, out + err

    return run


@pytest.fixture
def carried(binary, tmp_path, monkeypatch) -> Path:
    """A wheel that carries the binary, on a machine without a compiler."""
    folder = tmp_path / "carried"
    folder.mkdir()
    (folder / install.BINARIES["lv2"]).write_bytes(binary.read_bytes())
    monkeypatch.setattr(install, "CARRIED", folder)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    return folder


def test_it_is_installed_tried_found_and_removed(carried, run, tmp_path):
    folder = tmp_path / ".lv2" / "melodyrnn.lv2"
    assert run("install") == (0, f"installed {folder}\nnext: melodyrnn plugin check\n")
    status, said = run("check", "--json")
    assert status == 0, said
    found = json.loads(said)
    assert found["notes"] > 20
    assert "folk by folk" in found["says"]
    _, said = run("where", "--json")
    lv2, clap = json.loads(said)["plugins"]
    assert json.loads(said)["models"].endswith("models")
    assert lv2 == {"format": "lv2", "folder": str(folder), "installed": True, "python": sys.executable}
    assert not clap["installed"]
    assert run("uninstall") == (0, f"removed {folder}\n")
    assert not folder.exists()
    assert run("uninstall") == (1, f"error: {folder}: no plugin is installed there\n")
    assert list((tmp_path / ".lv2").iterdir()) == []


def test_both_formats_play_the_same(carried, binary, run, tmp_path):
    (carried / install.BINARIES["clap"]).write_bytes(binary.read_bytes())
    notes = []
    for form in install.FORMATS:
        assert run("install", "--format", form, "--to", str(tmp_path / "both"))[0] == 0
        status, said = run("check", "--format", form, "--to", str(tmp_path / "both"), "--json")
        assert status == 0, said
        notes.append(json.loads(said)["notes"])
    assert notes[0] == notes[1] > 20


def test_it_takes_the_place_of_an_older_one_in_any_folder(carried, run, tmp_path):
    folder = tmp_path / "plugins of mine" / "melodyrnn.lv2"
    folder.mkdir(parents=True)
    for name in (install.BINARIES["lv2"], install.ENGINE_FILE, "left over"):
        (folder / name).write_text("/old/python\n-m\nold\n")
    status, said = run("install", "--to", str(folder.parent))
    assert status == 0
    assert said.endswith(f"next: melodyrnn plugin check --to '{folder.parent}'\n")
    assert not (folder / "left over").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["melodyrnn.lv2"]


def test_what_is_no_plugin_of_ours_is_left_alone(carried, run, tmp_path):
    folder = tmp_path / "melodyrnn.lv2"
    folder.mkdir()
    (folder / "diary.txt").write_text("mine")
    status, said = run("install", "--to", str(tmp_path))
    assert (status, said.count("\n")) == (1, 1)
    assert "is in the way" in said
    assert run("uninstall", "--to", str(tmp_path))[0] == 1
    assert (folder / "diary.txt").read_text() == "mine"


def test_without_a_compiler_a_line_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setattr(install, "CARRIED", tmp_path / "none")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(PluginError):
        compiler()
    status, said = run("install")
    assert (status, said.count("\n")) == (1, 1)
    assert "compiler" in said
    assert not (tmp_path / ".lv2" / "melodyrnn.lv2").exists()


@pytest.mark.parametrize(
    ("platform", "form", "folder"),
    [
        ("linux", "lv2", "{home}/.lv2"),
        ("linux", "clap", "{home}/.clap"),
        ("darwin", "lv2", "{home}/Library/Audio/Plug-Ins/LV2"),
        ("darwin", "clap", "{home}/Library/Audio/Plug-Ins/CLAP"),
        ("freebsd14", "lv2", "{home}/.lv2"),
    ],
)
def test_the_folder_is_the_one_that_hosts_search(platform, form, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(install.PATHS[form], raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert install.host_folder(form) == Path(folder.format(home=tmp_path))
    monkeypatch.setenv(install.PATHS[form], "/first/plugins:/second")
    assert install.host_folder(form) == Path("/first/plugins")


def test_a_plugin_that_cannot_be_loaded_is_named(carried, run, tmp_path):
    run("install", "--to", str(tmp_path))
    (tmp_path / "melodyrnn.lv2" / install.BINARIES["lv2"]).write_bytes(b"no library")
    status, said = run("check", "--to", str(tmp_path))
    assert (status, said.count("\n")) == (1, 1)
    assert "cannot be loaded" in said


def test_an_engine_that_cannot_be_run_is_named(carried, run, tmp_path):
    run("install", "--to", str(tmp_path))
    (tmp_path / "melodyrnn.lv2" / install.ENGINE_FILE).write_text("/no/such/python\n-m\nmelodyrnn.plugin\n")
    status, said = run("check", "--to", str(tmp_path))
    assert (status, said.count("\n")) == (1, 1)
    assert "melodyrnn plugin install" in said
