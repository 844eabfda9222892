"""Notes, controls, tempos and metres of a parsed file as bytes: all of a list at once, to be joined with other files'.

symusic stores a list (`__getstate__`) as its length and its records just as they lie in memory. Taking that is ten
times as fast for a short list as its `numpy()`, which makes an array of each field. Whether the installed symusic does
so is tried once; where it does not, the records are made from `numpy()`.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import symusic.core


def _record(**formats: str) -> "np.dtype[np.void]":
    """Fields one after the other, in a record as large as a multiple of 4 bytes."""
    sizes = [np.dtype(form).itemsize for form in formats.values()]
    offsets = [sum(sizes[:i]) for i in range(len(sizes))]
    size = -(-sum(sizes) // 4) * 4
    return np.dtype({"names": [*formats], "formats": [*formats.values()], "offsets": offsets, "itemsize": size})


NOTE = _record(time="i4", duration="i4", pitch="u1", velocity="u1")  # in ticks; a pitch above 127 is damage
TEMPO = _record(time="i4", mspq="i4")  # microseconds per quarter note
METRE = _record(time="i4", numerator="u1", denominator="u1")
CONTROL = _record(time="i4", number="u1", value="u1")
LENGTH_BYTES = 4

EXAMPLE = bytes.fromhex(
    "4D546864 00000006 0001 0001 0060 4D54726B 00000039"
    "00FF51030927C1 00FF580403021808 03B0407F 01B00705"
    "01903C40 06904050 07803C00 02404020FF51030A2C2B 00FF580405031808 00FF2F00"
)


class NoteColumns(NamedTuple):
    """(n,) each, in ticks."""

    onsets: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]
    pitches: npt.NDArray[np.uint8]
    velocities: npt.NDArray[np.uint8]


def note_columns(records: bytes) -> NoteColumns:
    """The fields of `NOTE`, each together in memory: all that is done with them is several times as fast then."""
    table = np.frombuffer(records, NOTE)
    return NoteColumns(*(np.ascontiguousarray(table[name]) for name in NOTE.names or ()))


def note_records(notes: "symusic.core.NoteTickList") -> bytes:
    """Of `NOTE`."""
    return _records(notes, NOTE)


def tempo_records(score: "symusic.core.ScoreTick") -> bytes:
    """Of `TEMPO`."""
    return _records(score.tempos, TEMPO)


def metre_records(score: "symusic.core.ScoreTick") -> bytes:
    """Of `METRE`."""
    return _records(score.time_signatures, METRE)


def control_records(controls: "symusic.core.ControlChangeTickList") -> bytes:
    """Of `CONTROL`."""
    return _records(controls, CONTROL)


def control_numbers(records: bytes) -> bytes:
    """Which control each of `CONTROL` is."""
    return records[CONTROL.fields["number"][1] :: CONTROL.itemsize] if CONTROL.fields else b""


def _records(values: Any, kind: "np.dtype[np.void]") -> bytes:
    return bytes(values.__getstate__()[LENGTH_BYTES:]) if are_stored_plainly() else _made(values, kind).tobytes()


def _made(values: Any, kind: "np.dtype[np.void]") -> npt.NDArray[np.void]:
    columns = values.numpy()
    table = np.zeros(len(values), kind)
    for name in kind.names or ():
        table[name] = columns[name]
    return table


@lru_cache(maxsize=1)
def are_stored_plainly() -> bool:
    """Whether the records that symusic stores are those that it says, tried on an example."""
    import symusic.core

    score = symusic.core.ScoreTick.from_midi(EXAMPLE)
    part = score.tracks[0]
    lists = ((part.notes, NOTE), (part.controls, CONTROL), (score.tempos, TEMPO), (score.time_signatures, METRE))
    try:
        for values, kind in lists:
            stored = values.__getstate__()
            length = int.from_bytes(stored[:LENGTH_BYTES], "little")
            table, made = np.frombuffer(stored, kind, offset=LENGTH_BYTES), _made(values, kind)
            if length != len(values) or len(stored) != LENGTH_BYTES + table.nbytes:
                return False
            if not all(np.array_equal(table[name], made[name]) for name in kind.names or ()):
                return False
    except (AttributeError, TypeError, ValueError):
        return False
    return True
