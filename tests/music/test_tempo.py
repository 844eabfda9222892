"""Tempo maps under several threads: a map is what it was made as, whoever reads it, and when."""

import sys
from collections.abc import Callable
from types import FrameType

import numpy as np
import pytest

from melodyrnn.music import Tempo
from melodyrnn.music import tempo as tempo_module
from melodyrnn.music.tempo import TempoMap

READS: dict[str, Callable[[TempoMap], object]] = {
    "bpms": lambda tempos: tempos.bpms.tolist(),
    "tempos": tuple,
    "seconds": lambda tempos: tempos.seconds(96),
    "hash": hash,
}


def tempo_map() -> TempoMap:
    return TempoMap.of_microseconds(np.array([0, 48]), np.array([500_000, 1_000_000]))


def interrupted(read: Callable[[], object], line: int, interrupt: Callable[[], object]) -> tuple[object, bool]:
    """What `read` gives where `interrupt` runs before the line of that number, of those that run of the module of
    tempos; and whether as many ran. So does a thread that is stopped there while another one reads.
    """
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Callable[..., object] | None:
        nonlocal lines
        if frame.f_code.co_filename != tempo_module.__file__:
            return None
        if event == "line":
            lines += 1
            if lines == line:
                interrupt()  # which is not traced
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = read()
    finally:
        sys.settrace(before)
    return found, lines >= line


@pytest.mark.parametrize("interrupt", READS.values(), ids=READS)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_reader_stopped_at_any_line_by_another_reads_the_same(
    read: Callable[[TempoMap], object], interrupt: Callable[[TempoMap], object]
) -> None:
    expected = read(tempo_map())
    line, goes_on = 0, True
    while goes_on:
        line += 1
        tempos = tempo_map()
        found, goes_on = interrupted(lambda: read(tempos), line, lambda: interrupt(tempos))  # noqa: B023
        assert found == expected
        assert tempos == (Tempo(0, 120.0), Tempo(48, 60.0))


def test_the_columns_of_a_map_cannot_be_written() -> None:
    for column in (tempo_map().bpms, tempo_map().onsets):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1
