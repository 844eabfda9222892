"""From a file that was read event by event to what was found in it."""

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.midi.instruments import instruments_of
from melodyrnn.midi.parsed import Parsed
from melodyrnn.midi.parser import variable_length
from melodyrnn.midi.repair import KEY, LYRIC, META, METRE, NAME, TEMPO, Repaired
from melodyrnn.midi.texts import decoded, encoding_of

LARGEST_METRE_POWER = 8  # 256ths; a denominator is stored as a power of two, of a byte


def parsed_of(repaired: Repaired) -> Parsed:
    """The parts, tempos, metres and keys of a file in which every note has its end."""
    metas: dict[int, list[tuple[int, bytes]]] = {kind: [] for kind in (TEMPO, METRE, KEY)}
    names: dict[int, bytes] = {}
    texts: list[bytes] = []
    with_lyrics: set[int] = set()
    for track in repaired.tracks:
        for tick, event in track.events:
            if event[0] != META:
                continue
            data = event[variable_length(event, 2)[1] :]
            if event[1] in metas:
                metas[event[1]].append((tick, data))
                continue
            texts.append(data)
            if event[1] == NAME:
                names[track.track] = data
            elif event[1] == LYRIC:
                with_lyrics.add(track.track)
    encoding = encoding_of(texts)
    shown = {number: decoded(name, encoding) for number, name in names.items()}
    parts, notes = instruments_of(repaired.tracks, shown)
    sounding = {track.track for track in repaired.tracks if any(event[0] < 0xA0 for _, event in track.events)}
    keys = [(tick, int.from_bytes(data[:1], "big", signed=True), data[1]) for tick, data in metas[KEY]]
    return Parsed(
        tuple(parts),
        notes,
        _in_time([(tick, int.from_bytes(data, "big")) for tick, data in metas[TEMPO]], 2),
        _in_time([(tick, data[0], 1 << min(data[1], LARGEST_METRE_POWER)) for tick, data in metas[METRE]], 3),
        len(with_lyrics - sounding),
        repaired.conductor_end,
        damaged_controls=0,
        has_unended=False,
        key_signatures=tuple(sorted(keys, key=lambda key: key[0])),
    )


def _in_time(rows: list[tuple[int, ...]], width: int) -> Ints:
    """(n, width) in order of time; of what is at one tick the order stays, which is that of the tracks."""
    return np.array(sorted(rows, key=lambda row: row[0]), np.int64).reshape(-1, width)
