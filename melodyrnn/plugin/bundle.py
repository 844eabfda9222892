"""The folder that a host loads: the binary, what describes it, and the file that says how its engine is started."""

import plistlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from melodyrnn.generation.library import own_models_folder
from melodyrnn.plugin import turtle

Format = Literal["lv2", "clap"]
FOLDERS: dict[Format, str] = {"lv2": "melodyrnn.lv2", "clap": "melodyrnn"}
CLAP_FILE = "melodyrnn.clap"  # what hosts look for; on macOS a bundle
CLAP_BUNDLE = {  # what macOS wants to know of it
    "CFBundleIdentifier": "melodyrnn.plugin",
    "CFBundleName": "melodyrnn",
    "CFBundleExecutable": "melodyrnn",
    "CFBundlePackageType": "BNDL",
    "CFBundleInfoDictionaryVersion": "6.0",
    "CFBundleVersion": "1",
}


def binaries(platform: str) -> dict[Format, str]:
    """Where the binary lies in the folder of each format, on a system as sys.platform names it."""
    ending = {"win32": "dll", "darwin": "dylib"}.get(platform, "so")
    in_bundle = f"/Contents/MacOS/{CLAP_BUNDLE['CFBundleExecutable']}" if platform == "darwin" else ""
    return {"lv2": f"melodyrnn.{ending}", "clap": f"{CLAP_FILE}{in_bundle}"}


BINARIES = binaries(sys.platform)
ENGINE_FILE = "engine"
MODELS_FILE = "models"  # of a CLAP plugin: in which folder the models are that it offers


START = (
    "import sys; sys.path = [folder for folder in sys.path if folder]; "
    "from melodyrnn.plugin.__main__ import main; sys.exit(main())"
)


def engine_command() -> list[str]:
    """How this Python starts the engine: as -m does, but that nothing in the folder that the host runs in counts."""
    return [sys.executable, "-c", START]


def write_bundle(folder: Path, form: Format, binary: Path, command: Sequence[str]) -> None:
    """Fill a folder that is there, of the name in FOLDERS. `command` starts the engine."""
    (folder / BINARIES[form]).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(binary, folder / BINARIES[form])
    (folder / ENGINE_FILE).write_text("".join(f"{argument}\n" for argument in command), encoding="utf-8")
    if form == "lv2":
        (folder / "manifest.ttl").write_text(turtle.manifest(BINARIES[form]), encoding="utf-8")
        (folder / "melodyrnn.ttl").write_text(turtle.description(), encoding="utf-8")
    else:
        if (folder / CLAP_FILE).is_dir():
            (folder / CLAP_FILE / "Contents" / "Info.plist").write_bytes(plistlib.dumps(CLAP_BUNDLE))
        (folder / MODELS_FILE).write_text(f"{own_models_folder()}\n", encoding="utf-8")
