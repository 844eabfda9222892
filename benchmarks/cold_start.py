"""How long `melodyrnn generate` takes from the prompt and back, beside what merely importing torch takes.

    python benchmarks/cold_start.py [SEED.mid]

Five pairs of whole processes, one after the other in the same environment, after one unmeasured pair that brings both
into the disk cache. Prints one JSON object; what concerns torch is null where it is not installed.
"""

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

PAIRS = 5
BARS = 8
SAMPLES = Path(__file__).parents[1] / "midi_samples"


def process_seconds(command: list[str]) -> float:
    """Seconds from starting a process to its end. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    melodyrnn = shutil.which("melodyrnn", path=sysconfig.get_path("scripts"))
    if melodyrnn is None:
        sys.exit("melodyrnn is not installed in this environment: pip install .")
    seed = Path(sys.argv[1]) if sys.argv[1:] else min(SAMPLES.glob("*.mid"))
    import_torch = [sys.executable, "-c", "import torch"] if importlib.util.find_spec("torch") else None

    generating: list[float] = []
    importing: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(PAIRS + 1):
            out = Path(folder) / f"{pair}.mid"
            generating.append(
                process_seconds([melodyrnn, "generate", "--seed", str(seed), "--bars", str(BARS), "-o", str(out)])
            )
            if import_torch:
                importing.append(process_seconds(import_torch))
    del generating[0], importing[:1]

    ratios = [ours / theirs for ours, theirs in zip(generating, importing, strict=False)]
    result = {
        "seed": seed.name,
        "bars": BARS,
        "generate_seconds": [round(seconds, 4) for seconds in generating],
        "import_torch_seconds": [round(seconds, 4) for seconds in importing] or None,
        "generate_seconds_median": round(median(generating), 4),
        "import_torch_seconds_median": round(median(importing), 4) if importing else None,
        "generate_over_import_torch": round(median(ratios), 4) if ratios else None,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
