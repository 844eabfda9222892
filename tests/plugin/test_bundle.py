"""The folder that a host loads."""

import os
import subprocess

from plugin.conftest import PACKAGE

from melodyrnn.plugin.bundle import engine_command


def test_nothing_in_the_folder_that_the_host_runs_in_counts(tmp_path):
    for name in ("melodyrnn.py", "random.py", "numpy.py"):
        (tmp_path / name).write_text("raise SystemExit(99)\n")
    environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(engine_command(), cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, b"")  # as for a call without a memory
