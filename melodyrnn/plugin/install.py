"""The plugin in the folders where hosts look for plugins: installed, removed, found, and tried."""

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from melodyrnn.errors import PluginError
from melodyrnn.plugin.build import build
from melodyrnn.plugin.bundle import BINARIES, ENGINE_FILE, FOLDERS, Format, engine_command, write_bundle
from melodyrnn.plugin.clap_host import ClapHost
from melodyrnn.plugin.host import Host
from melodyrnn.plugin.protocol import Status

FORMATS: tuple[Format, ...] = tuple(FOLDERS)
PATHS: dict[Format, str] = {"lv2": "LV2_PATH", "clap": "CLAP_PATH"}  # variables that hosts read: folders to look in
HOST_FOLDERS: dict[Format, dict[str, str]] = {
    "lv2": {"linux": "~/.lv2", "darwin": "~/Library/Audio/Plug-Ins/LV2", "win32": r"%APPDATA%\LV2"},
    "clap": {
        "linux": "~/.clap",
        "darwin": "~/Library/Audio/Plug-Ins/CLAP",
        "win32": r"%LOCALAPPDATA%\Programs\Common\CLAP",
    },
}
CARRIED = Path(__file__).parent / "binary"  # in a wheel that was made for one system
HOSTS: dict[Format, type[Host] | type[ClapHost]] = {"lv2": Host, "clap": ClapHost}
CHECKED_BARS = 8
BLOCK_FRAMES = 512
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Installed:
    """A plugin in its folder, and the Python that it starts; "" if it cannot be told."""

    form: Format
    folder: Path
    python: str

    @property
    def is_ours(self) -> bool:
        """Whether it starts this Python."""
        return self.python == sys.executable


def host_folder(form: Format) -> Path:
    """The folder of this user in which hosts look for plugins: the first that LV2_PATH or CLAP_PATH names, if any."""
    named = [part for part in os.environ.get(PATHS[form], "").split(os.pathsep) if part]
    usual = HOST_FOLDERS[form].get(sys.platform, HOST_FOLDERS[form]["linux"])
    return Path(os.path.expandvars(named[0] if named else usual)).expanduser()


def place(form: Format, to: Path | None = None) -> Path:
    """Where the plugin is, or would be, in a folder for plugins."""
    return (to or host_folder(form)) / FOLDERS[form]


def find(form: Format, to: Path | None = None) -> Installed | None:
    """The plugin in a folder for plugins, the user's own by default; None if it is not there."""
    folder = place(form, to)
    if not (folder / BINARIES[form]).is_file() or not (folder / ENGINE_FILE).is_file():
        return None
    lines = (folder / ENGINE_FILE).read_text("utf-8", errors="replace").splitlines()
    return Installed(form, folder, lines[0] if lines else "")


def install(form: Format, to: Path | None = None) -> Path:
    """Put the plugin into a folder for plugins, in the place of an older one -> its folder there.

    PluginError if something else of its name is in the way, it cannot be written, or it has to be built and cannot be.
    """
    target = place(form, to)
    parent = target.parent
    if target.exists() and find(form, to) is None and (not target.is_dir() or any(target.iterdir())):
        raise PluginError(f"{target}: is in the way, and is no melodyrnn plugin: move it, or give another folder")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=parent, prefix=".melodyrnn-", ignore_cleanup_errors=True) as beside:
            made, old = Path(beside) / FOLDERS[form], Path(beside) / "old"
            made.mkdir()
            write_bundle(made, form, _binary(form, Path(beside)), engine_command())
            if target.exists():
                target.rename(old)
            made.rename(target)
    except OSError as error:
        raise PluginError(f"{target}: cannot be written ({error.strerror or error})") from None
    return target


def uninstall(form: Format, to: Path | None = None) -> Path | None:
    """Remove the plugin from a folder for plugins -> where it was; None if it was not there."""
    there = find(form, to)
    if there is None:
        return None
    try:
        shutil.rmtree(there.folder)
    except OSError as error:
        raise PluginError(f"{there.folder}: cannot be removed ({error.strerror or error})") from None
    return there.folder


def check(form: Format, to: Path | None = None) -> dict[str, Any]:
    """Load the installed plugin as a host does, and play eight bars -> what came of it.

    PluginError if it is not there, cannot be loaded, plays nothing, or leaves a note sounding.
    """
    there = find(form, to)
    if there is None:
        raise PluginError(f"{place(form, to)}: no plugin is installed there")
    began = time.monotonic()
    with HOSTS[form](there.folder) as host:
        while host.status == Status.STARTING and time.monotonic() < began + PATIENCE_SECONDS:
            host.run(BLOCK_FRAMES)
            time.sleep(0.001)
        ready = time.monotonic() - began
        host.offline = True
        host.go(speed=1.0)
        began = time.monotonic()
        messages = host.play(round(CHECKED_BARS * 4 * 60 / host.transport.bpm * host.rate), BLOCK_FRAMES)
        took = time.monotonic() - began
        host.go(speed=0.0)
        messages += host.run(BLOCK_FRAMES)
        status, text = host.status, host.text
    notes = [(data[0] & 15, data[1], data[0] & 0xF0 == 0x90) for _, data in messages if data[0] & 0xE0 == 0x80]
    count = sum(begins for *_, begins in notes)
    if status != Status.READY or not count:
        raise PluginError(f"{there.folder}: plays nothing ({text or status.name.lower().replace('_', ' ')})")
    if 2 * count != len(notes):
        raise PluginError(f"{there.folder}: {2 * count - len(notes)} notes have no end")
    return {
        "format": form,
        "folder": str(there.folder),
        "bars": CHECKED_BARS,
        "notes": count,
        "ready_seconds": round(ready, 2),
        "bars_seconds": round(took, 2),
        "says": text,
    }


def _binary(form: Format, folder: Path) -> Path:
    """The binary that this wheel carries, or one built in a folder."""
    carried = CARRIED / BINARIES[form]
    if carried.is_file():
        return carried
    built = folder / "built"
    build(built)
    return built
