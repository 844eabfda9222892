"""The check script: lint, format and types, with the versions that the dev extra pins.

Run it as `python scripts/check.py`; it stops at nothing and names what failed.
"""

import subprocess
import sys
from pathlib import Path

CHECKS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"])


def main() -> int:
    """Run every check, whatever the one before said. 0 where all of them pass."""
    root = Path(__file__).parents[1]
    failed = []
    for check in CHECKS:
        name = " ".join(check)
        print(f"{name}:", flush=True)
        if subprocess.run([sys.executable, "-m", *check], cwd=root, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
