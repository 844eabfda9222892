"""How long a piano roll takes to draw, and how large it is, as SVG and as PNG; and what a library for PNG costs.

    python benchmarks/pictures.py FILE.mid ...

Prints JSON. Times are the best of several; the size of a library is that of its folders on the disk.
"""

import argparse
import json
import subprocess
import sys
import time
from importlib.metadata import files
from pathlib import Path
from typing import Any

from melodyrnn.drawing import Shown, piano_roll, picture_bytes
from melodyrnn.midi import read_song

TRIES = 5
LIBRARIES = {
    "pillow": "from PIL import Image, ImageDraw, ImageFont",
    "matplotlib": "from matplotlib.figure import Figure; import matplotlib.backends.backend_agg",
}


def drawn(path: Path) -> dict[str, Any]:
    song = read_song(path)
    found: dict[str, Any] = {"file": path.name, "bars": song.bars, "notes": song.note_count}
    for form in (".svg", ".png"):
        times = []
        for _ in range(TRIES):
            begin = time.perf_counter()
            data = picture_bytes(piano_roll(Shown(song)), form)
            times.append(time.perf_counter() - begin)
        found[form[1:]] = {"seconds": round(min(times), 4), "bytes": len(data)}
    return found


def loaded(library: str, imports: str) -> dict[str, Any]:
    code = f"import time; t = time.perf_counter(); {imports}; print(time.perf_counter() - t)"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(TRIES)
    ]
    megabytes = sum(file.size or 0 for file in files(library) or ()) / 1e6
    return {"import_seconds": round(min(float(run.stdout) for run in runs), 3), "megabytes": round(megabytes, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    a = parser.parse_args()
    result = {
        "pictures": [drawn(path) for path in a.files],
        "libraries": {library: loaded(library, imports) for library, imports in LIBRARIES.items()},
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
