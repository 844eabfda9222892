"""The plugin's binary, made from its C source by the C compiler that this machine has."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from melodyrnn.errors import PluginError
from melodyrnn.plugin.parameters import PARAMETERS

SOURCE = Path(__file__).parent / "source"
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra")
LIBRARIES = {  # on Windows nothing of the compiler's own is left for the host to find
    "win32": ("-static", "-pthread", "-lm"),
    "darwin": ("-pthread", "-lm"),
    "linux": ("-pthread", "-lm", "-lrt"),
}
ERROR_CHARACTERS = 300


def compiler() -> list[str]:
    """The command of the C compiler: $CC, or the first of COMPILERS. PluginError if there is none."""
    asked = shlex.split(os.environ.get("CC", ""))
    for command in (asked, *([name] for name in COMPILERS)):
        if command and shutil.which(command[0]):
            return command
    raise PluginError(
        "there is no C compiler here (cc, gcc or clang, or one that CC names): install one, and try again"
    )


def parameters_header() -> str:
    """The table of parameters as C."""
    count = len(PARAMETERS)
    lines = [
        "/* Made from parameters.py. */",
        "#ifndef MELODYRNN_PARAMETERS_H",
        "#define MELODYRNN_PARAMETERS_H",
        "#include <stdbool.h>",
        "",
        f"enum {{ {', '.join(f'PARAMETER_{row.symbol.upper()}' for row in PARAMETERS)}, PARAMETER_COUNT = {count} }};",
        "",
        "struct parameter {",
        "    const char *symbol, *name;",
        "    float least, most, initial;",
        "    bool is_stepped, is_button, composes; /* composes: what was composed is not wanted any more */",
        "    const char *const *choices; /* names of the values from 0 on, then NULL; or NULL */",
        "};",
        "",
        f"static const struct parameter PARAMETERS[{count}] = {{",
    ]
    for row in PARAMETERS:
        texts = [f'"{text}"' for text in (row.symbol, row.name)]
        numbers = [f"{float(number)!r}f" for number in (row.low, row.high, row.default)]
        facts = [str(int(fact)) for fact in (row.kind not in ("number", "ratio"), row.kind == "button", row.composes)]
        choices = "NULL"
        if row.choices:
            names = ", ".join(f'"{choice}"' for choice in row.choices)
            choices = f"(const char *const[]){{{names}, NULL}}"
        lines.append(f"    {{{', '.join((*texts, *numbers, *facts, choices))}}},")
    return "\n".join([*lines, "};", "#endif", ""])


def build(target: Path, flags: Sequence[str] = (), sources: Sequence[Path] = ()) -> None:
    """Compile the plugin into a shared library, with other flags and source files if given. PluginError if it fails."""
    command = compiler()
    with TemporaryDirectory() as folder:
        (Path(folder) / "parameters.h").write_text(parameters_header())
        files = [*map(str, sorted(SOURCE.glob("*.c"))), *map(str, sources)]
        kind, libraries = [] if sources else ["-shared"], LIBRARIES.get(sys.platform, LIBRARIES["linux"])
        done = subprocess.run(
            [*command, *FLAGS, *kind, f"-I{folder}", f"-I{SOURCE}", *flags, *files, "-o", str(target), *libraries],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        says = " ".join(done.stderr.split())[:ERROR_CHARACTERS]
        raise PluginError(f"{command[0]} cannot compile the plugin: {says}")
