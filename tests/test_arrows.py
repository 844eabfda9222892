"""The rooms of the package, and the one way the arrows between them run: read from the imports of every module.

An import anywhere counts: inside a function, for type checking only, relative or absolute.
"""

import ast
import graphlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "melodyrnn"

# What each room may use of the others. `api` is the public API, "" the package's own __init__ that offers it.
ROOMS = {
    "arrays": set(),
    "errors": set(),
    "files": {"errors"},
    "messages": set(),
    "options": {"errors"},
    "music": {"arrays", "errors", "options"},
    "performance": {"arrays", "errors", "options", "music"},
    "encoding": {"arrays", "errors", "music"},
    "midi": {"arrays", "errors", "files", "messages", "music"},
    "ports": {"errors", "messages"},
    "model": {"arrays", "errors", "files"},
    "generation": {"arrays", "errors", "options", "music", "performance", "encoding", "model"},
    "live": {"errors", "options", "messages", "music", "performance", "encoding", "model", "generation"},
    "corpus": {"arrays", "errors", "files", "options", "music", "performance", "encoding", "midi"},
    "training": {"errors", "files", "music", "encoding", "model", "corpus"},
    "evaluation": {
        "arrays",
        "errors",
        "files",
        "music",
        "performance",
        "encoding",
        "midi",
        "model",
        "generation",
        "corpus",
    },
}
ROOMS["plugin"] = ROOMS["live"] | {"files", "midi", "live"}
ROOMS["drawing"] = {"errors", "files", "music"}
ROOMS["sound"] = {"errors", "files"}
ROOMS["api"] = {"errors", "options", "files", "music", "performance", "encoding", "midi", "model", "generation"}
ROOMS["api"] |= {"drawing", "sound"}
ROOMS[""] = {"errors", "music", "midi", "api"}
ROOMS["stage"] = {"", "api", "errors", "files", "options", "music", "midi", "ports", "generation", "live"}
ROOMS["studio"] = {*ROOMS}
ROOMS["cli"] = {*ROOMS}
ROOMS["__main__"] = {"cli"}

# What each room within `live` may use of the others there; what lies beside them may use all.
LIVE_ROOMS = {"time": set(), "score": {"time"}, "wire": {"time", "score"}}

# What each room may use of the libraries that are installed beside it.
LIBRARIES = {
    "arrays": {"numpy"},
    "music": {"numpy"},
    "performance": {"numpy"},
    "encoding": {"numpy"},
    "midi": {"numpy", "mido", "pretty_midi", "symusic"},
    "ports": {"rtmidi", "rtmidi2"},
    "model": {"numpy", "safetensors"},
    "generation": {"numpy", "platformdirs", "threadpoolctl"},
    "plugin": {"platformdirs"},
    "corpus": {"numpy", "safetensors", "platformdirs"},
    "drawing": {"numpy", "PIL"},
    "sound": {"numpy"},
    "training": {
        "matplotlib",
        "numpy",
        "torch",
        "rich",
        "safetensors",
        "optuna",
        "sqlalchemy",
        "tensorboard",
    },
    "evaluation": {"numpy", "matplotlib", "muspy", "sklearn", "threadpoolctl"},
    "studio": {"anyio", "numpy", "starlette", "uvicorn"},
    "cli": {"numpy", "click", "rich", "matplotlib", "tomli"},
}

FILES = {"io", "os", "pathlib", "shutil", "tempfile"}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(source: str, module: str, *, is_package: bool = False) -> list[tuple[int, str]]:
    """What a module's source imports: (line, dotted name). `from a import b` is a.b: b may be a module."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base += [node.module] if node.module else []
            found += [(node.lineno, ".".join([*base, alias.name])) for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            found.append((node.lineno, "importlib.import_module"))
    return found


def room(name: str) -> str:
    """The room of a dotted name within the package: "" for what is the package's own."""
    second = [*name.split("."), ""][1]
    return second if second in ROOMS else ""


def wrong_arrow(module: str, target: str) -> str | None:
    """Why a module may not import a name, or None where it may."""
    here, top = room(module), target.split(".")[0]
    if top == "melodyrnn":
        there = room(target)
        if there != here and there not in ROOMS[here]:
            return f"{here or 'the package'} may not use {there or 'the package itself'}"
    elif target in ("importlib", "importlib.import_module"):
        if here not in ("", "ports", "cli"):
            return "an import by name hides an arrow"
    elif top in sys.stdlib_module_names:
        if here in ("music", "encoding") and top in FILES:
            return f"{here} knows no file"
    elif top not in LIBRARIES.get(here, set()):
        return f"{here or 'the package'} may not use the library {top}"
    return None


def wrong_arrows(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """One line for each import of a module that the rooms do not allow."""
    checked = [(line, name, wrong_arrow(module, name)) for line, name in imports(source, module, is_package=is_package)]
    return [f"{module}:{line} imports {name}: {reason}" for line, name, reason in checked if reason]


def test_no_room_uses_one_above_it():
    assert list(graphlib.TopologicalSorter(ROOMS).static_order())[-1] == "__main__"  # raises CycleError where one does


def test_the_contributor_finds_every_room_in_the_table():
    table = (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", table, re.MULTILINE))
    there = {name.split(".")[1] for name in modules() if "." in name} - {"__main__"}
    assert named == there


def test_every_module_is_in_a_room():
    assert {name for name in modules() if room(name) == ""} == {"melodyrnn"}


@pytest.mark.parametrize("module", modules())
def test_arrows_run_one_way(module):
    path = modules()[module]
    assert wrong_arrows(path.read_text("utf-8"), module, is_package=path.name == "__init__.py") == []


def inner_room(name: str) -> str | None:
    """The room within `live` of a dotted name."""
    package, room_of_package, inner, *_ = [*name.split("."), "", "", ""]
    return inner if (package, room_of_package) == ("melodyrnn", "live") and inner in LIVE_ROOMS else None


@pytest.mark.parametrize("module", [module for module in modules() if inner_room(module)])
def test_arrows_within_live_run_one_way(module):
    here, path = inner_room(module), modules()[module]
    names = [name for _, name in imports(path.read_text("utf-8"), module, is_package=path.name == "__init__.py")]
    live = [name for name in names if name.startswith("melodyrnn.live")]
    assert [name for name in live if inner_room(name) not in {here, *LIVE_ROOMS[here]}] == []


def test_no_modules_import_each_other_in_a_circle():
    known = modules()
    graph = {}
    for module, path in known.items():
        names = {name for _, name in imports(path.read_text("utf-8"), module, is_package=path.name == "__init__.py")}
        graph[module] = {name if name in known else name.rpartition(".")[0] for name in names}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    assert order.index("melodyrnn.errors") < order.index("melodyrnn.music.song")


@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        ("melodyrnn.music.song", "from melodyrnn.midi import read_song", "music may not use midi"),
        ("melodyrnn.music.song", "from pathlib import Path", "music knows no file"),
        ("melodyrnn.encoding.context", "from melodyrnn.model.config import Field", "encoding may not use model"),
        ("melodyrnn.encoding.context", "import io", "encoding knows no file"),
        ("melodyrnn.midi.reading", "import melodyrnn.model.engine", "midi may not use model"),
        ("melodyrnn.midi.reading", "import torch", "library torch"),
        ("melodyrnn.model.engine", "def step():\n    from melodyrnn.music import Note", "model may not use music"),
        ("melodyrnn.model.engine", "from ..music import Note", "model may not use music"),
        ("melodyrnn.model.engine", "from .. import music", "model may not use music"),
        ("melodyrnn.model.engine", "from melodyrnn import generate", "model may not use the package itself"),
        ("melodyrnn.model.engine", "import importlib\nimportlib.import_module('torch')", "hides an arrow"),
        ("melodyrnn.model.engine", "__import__('torch')", "hides an arrow"),
        ("melodyrnn.generation.generator", "from melodyrnn.midi import write_song", "generation may not use midi"),
        ("melodyrnn.generation.generator", "from rich.console import Console", "library rich"),
        ("melodyrnn.live.session", "import melodyrnn.ports.devices", "live may not use ports"),
        ("melodyrnn.live.session", "import numpy", "library numpy"),
        ("melodyrnn.training.trainer", "from melodyrnn.ports import devices", "training may not use ports"),
        ("melodyrnn.corpus.folder", "import torch", "library torch"),
        (
            "melodyrnn.corpus.folder",
            "from melodyrnn.training.recipe import music_config",
            "corpus may not use training",
        ),
        ("melodyrnn.evaluation.likelihood", "import melodyrnn.training.trainer", "evaluation may not use training"),
        ("melodyrnn.midi.reading", "from melodyrnn.ports.devices import port_names", "midi may not use ports"),
        ("melodyrnn.ports.devices", "from melodyrnn.midi import read_song", "ports may not use midi"),
        ("melodyrnn.training.trainer", "import click", "library click"),
        ("melodyrnn.evaluation.likelihood", "if TYPE_CHECKING:\n    from melodyrnn.cli import x", "not use cli"),
        ("melodyrnn.evaluation.likelihood", "import torch.nn as nn", "library torch"),
        ("melodyrnn.api", "from melodyrnn.live.player import Player", "api may not use live"),
        ("melodyrnn.api", "import melodyrnn.corpus.folder", "api may not use corpus"),
        ("melodyrnn.corpus.folder", "import melodyrnn.model.modelfile", "corpus may not use model"),
        ("melodyrnn.studio.server", "from melodyrnn.cli.main import main", "studio may not use cli"),
        ("melodyrnn.cli.train", "import torch", "library torch"),
    ],
)
def test_a_wrong_arrow_is_found(module, source, reason):
    found = wrong_arrows(source, module)[-1]
    assert found.startswith(f"{module}:{source.count(chr(10)) + 1} ")
    assert found.endswith(reason)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("melodyrnn.generation.generator", "import numpy as np\nfrom melodyrnn.model.engine import Engine"),
        ("melodyrnn.model.engine", "from .config import ModelConfig\nfrom importlib.resources import files"),
        ("melodyrnn.training.trainer", "import torch\nfrom melodyrnn.corpus.styles import read_corpus"),
        ("melodyrnn.cli.live", "import click\nfrom melodyrnn import generate\nfrom melodyrnn.ports import devices"),
        ("melodyrnn", "from melodyrnn.api import generate\nfrom melodyrnn.music import Note"),
    ],
)
def test_a_right_arrow_is_left_alone(module, source):
    assert wrong_arrows(source, module, is_package=module == "melodyrnn") == []


# Runs the command line in a new interpreter, and tells which modules anything tried to import.
WATCHER = """
import json, sys
asked = set()
class Watcher:
    def find_spec(self, name, path=None, target=None):
        asked.add(name.partition(".")[0])
sys.meta_path.insert(0, Watcher())
if sys.argv[1:]:
    sys.argv[0] = "melodyrnn"
    from melodyrnn.cli.main import main
    try:
        main()
    except SystemExit as done:
        assert not done.code, done.code
else:
    import melodyrnn.cli
print(json.dumps(sorted(asked)))
"""


def asked_for(*arguments: str) -> set[str]:
    """The modules that `melodyrnn ARGUMENTS` asks for; without arguments, that importing it does."""
    run = subprocess.run(
        [sys.executable, "-c", WATCHER, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [(), ("--help",), ("generate", "--help"), ("adapt", "--help")], ids=" ".join)
def test_the_command_line_starts_without_heavy_libraries(arguments):
    asked = asked_for(*arguments)
    assert "melodyrnn" in asked
    assert asked & {"torch", "scipy", "matplotlib", "pandas"} == set()


def test_generating_needs_no_heavy_library(midi_samples, tmp_path):
    seed = sorted(midi_samples.glob("*.mid"))[0]
    asked = asked_for("generate", "--seed", str(seed), "--bars", "1", "-o", str(tmp_path / "out.mid"))
    assert (tmp_path / "out.mid").stat().st_size > 0
    assert asked & {"torch", "scipy", "matplotlib", "pandas"} == set()


def test_adapting_needs_no_heavy_library(midi_samples, tmp_path):
    seed, model = midi_samples / "ode_to_joy.mid", tmp_path / "mine.safetensors"
    asked = asked_for("adapt", str(seed), "--model", "folk", "-o", str(model))
    assert model.stat().st_size > 0
    assert asked & {"torch", "scipy", "matplotlib", "pandas"} == set()
