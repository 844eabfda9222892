"""The folder that a host loads: the binary, what describes it, and the file that says how its engine is started."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from melodyrnn.generation.library import own_models_folder
from melodyrnn.plugin import turtle

Format = Literal["lv2", "clap"]
FOLDERS: dict[Format, str] = {"lv2": "melodyrnn.lv2", "clap": "melodyrnn"}
ENDING = {"win32": "dll", "darwin": "dylib"}.get(sys.platform, "so")
BINARIES: dict[Format, str] = {"lv2": f"melodyrnn.{ENDING}", "clap": "melodyrnn.clap"}
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
    shutil.copyfile(binary, folder / BINARIES[form])
    (folder / ENGINE_FILE).write_text("".join(f"{argument}\n" for argument in command), encoding="utf-8")
    if form == "lv2":
        (folder / "manifest.ttl").write_text(turtle.manifest(BINARIES[form]), encoding="utf-8")
        (folder / "melodyrnn.ttl").write_text(turtle.description(), encoding="utf-8")
    else:
        (folder / MODELS_FILE).write_text(f"{own_models_folder()}\n", encoding="utf-8")
