"""How much memory a process may take: a limit where the system keeps one, else a look at it now and then."""

import os
import sys
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

TOO_MUCH = 77  # the exit code of a process that ended itself for it
LOOK_SECONDS = 0.05
KEPT_BYTES = 2**25


def limit_memory(more_bytes: int) -> None:
    """From now on, at most `more_bytes` more than this process has: MemoryError, or its end with code TOO_MUCH.

    Linux keeps the limit itself. Elsewhere the process looks at its memory 20 times a second.
    """
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = pages * resource.getpagesize() + more_bytes
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    else:
        most = _peak_bytes() + more_bytes
        threading.Thread(target=_watch, args=(most,), daemon=True).start()


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Let glibc keep up to 32 MB that this process frees, for when it needs them again.

    By default it gives a few hundred kilobytes back to the system at once, and the system's handing out of pages took a
    quarter of the time to read small files. What glibc keeps is twice the largest block that was freed whole: so one
    is, which nothing was written into. Elsewhere this does nothing.
    """
    np.empty(KEPT_BYTES // 2, np.uint8)


def _watch(most: int) -> None:
    pause = threading.Event()
    while not pause.wait(LOOK_SECONDS):
        if _peak_bytes() > most:
            os._exit(TOO_MUCH)


def _peak_bytes() -> int:
    """The most memory this process has held. 0 where the system does not say."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        class Counters(ctypes.Structure):
            _fields_ = [("size", wintypes.DWORD), ("faults", wintypes.DWORD), ("peak", ctypes.c_size_t)] + [
                (f"other{i}", ctypes.c_size_t) for i in range(7)
            ]

        counters = Counters(size=ctypes.sizeof(Counters))
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.K32GetProcessMemoryInfo.argtypes = [wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD]
        found = kernel.K32GetProcessMemoryInfo(
            kernel.GetCurrentProcess(), ctypes.byref(counters), ctypes.sizeof(counters)
        )
        return int(counters.peak) if found else 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
