"""That memory which was freed is there again without asking the system for it."""

import platform
import subprocess
import sys

import pytest

PAGES = 512  # in each block: three of them are more than glibc keeps of its own accord
PROGRAM = f"""
import resource, sys
import numpy as np
from melodyrnn.midi.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
def use():
    blocks = [np.ones({PAGES} * resource.getpagesize(), np.uint8) for _ in range(3)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use()
before = use()
print([use() for _ in range(20)][-1] - before)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep what they free in their own way")
def test_what_was_freed_is_used_again() -> None:
    assert faults("kept") < PAGES
    assert faults("not kept") > 10 * PAGES
