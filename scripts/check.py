"""The check script: lint, format and types, with the versions that the dev extra pins.

The studio's page is checked where there is Node.js: its layout by Prettier, and its types, which its comments give, by
the TypeScript compiler.

Run it as `python scripts/check.py`; it stops at nothing and names what failed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

CHECKS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"])
PAGE = "melodyrnn/studio/page/**/*.{js,css}"
PAGE_CHECKS = {
    "prettier": ["--yes", "--package=prettier@3.10.1", "prettier", "--print-width=120", "--check", PAGE],
    "tsc": ["--yes", "--package=typescript@7.0.2", "tsc", "--project", "scripts/page.tsconfig.json"],
}


def main() -> int:
    """Run every check, whatever the one before said. 0 where all of them pass."""
    root = Path(__file__).parents[1]
    commands = {" ".join(check): [sys.executable, "-m", *check] for check in CHECKS}
    if npx := shutil.which("npx"):
        commands |= {name: [npx, *check] for name, check in PAGE_CHECKS.items()}
    else:
        print(f"{' and '.join(PAGE_CHECKS)}: not run, there is no Node.js")
    failed = []
    for name, command in commands.items():
        print(f"{name}:", flush=True)
        if subprocess.run(command, cwd=root, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
