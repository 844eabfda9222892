"""Notes that a pedal holds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.midi import Options, ReadReport, parse_midi
from melodyrnn.midi.understanding import held_by_pedal, pedal_times
from melodyrnn.music import Note

ENDED = "00 FF 2F 00"
DOWN, UP = "00 B0 40 7F", "00 B0 40 00"


def midi(events: str) -> bytes:
    """One track, at 24 ticks a quarter note: a tick is a pulse."""
    data = bytes.fromhex(events + ENDED)
    header = bytes.fromhex("4D 54 68 64 00 00 00 06 00 00 00 01 00 18")
    return header + b"MTrk" + len(data).to_bytes(4, "big") + data


def test_a_pedal_holds_notes_until_it_comes_up_or_their_pitch_is_struck_again() -> None:
    data = midi(
        "00 90 3C 40"  # C4 before the pedal
        "06 B0 40 7F"  # pulse 6: down
        "06 80 3C 00"  # pulse 12: C4 off
        "0C 90 40 40 06 80 40 00"  # E4 at 24, off at 30
        "06 90 40 40 06 80 40 00"  # again at 36, off at 42
        "06 B0 40 00"  # pulse 48: up
        "00 90 43 40 06 80 43 00"  # G4 at 48, off at 54
    )
    dry, plain = parse_midi(data)
    assert dry.tracks[0].notes == [Note(0, 60, 12, 64), Note(24, 64, 6, 64), Note(36, 64, 6, 64), Note(48, 67, 6, 64)]
    assert plain == ReadReport(dropped_controls=2)
    wet, report = parse_midi(data, options=Options(pedal=True))
    assert wet.tracks[0].notes == [Note(0, 60, 48, 64), Note(24, 64, 12, 64), Note(36, 64, 12, 64), Note(48, 67, 6, 64)]
    assert report == ReadReport(dropped_controls=2, held_notes=3)
    assert not report.repaired


def test_a_pedal_is_down_from_64_on_and_only_if_it_comes_up() -> None:
    times, values = np.array([3, 5, 6, 9, 12, 20, 30]), np.array([0, 64, 127, 63, 0, 100, 90], np.int8)
    downs, ups = pedal_times(times, values)
    assert (downs.tolist(), ups.tolist()) == ([5], [9])
    downs, ups = pedal_times(np.append(times, 31), np.append(values, 1))
    assert (downs.tolist(), ups.tolist()) == ([5, 20], [9, 31])
    assert [len(found) for found in pedal_times(times[:0], values[:0])] == [0, 0]


def test_a_pedal_holds_no_drums_and_one_that_never_comes_up_holds_nothing() -> None:
    on_channel_10 = midi("00 B9 40 7F 00 99 24 40 06 89 24 00 12 B9 40 00")
    never_up = midi("00 B0 40 7F 00 90 24 40 06 80 24 00")
    for data in (on_channel_10, never_up):
        assert parse_midi(data, options=Options(pedal=True))[0].tracks[0].notes == [Note(0, 36, 6, 64)]


times = st.lists(st.integers(0, 200), max_size=12)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(60, 62)), min_size=1, max_size=12), times
)
def test_it_equals_following_each_note(notes: list[tuple[int, int, int]], switches: list[int]) -> None:
    switches = sorted(set(switches))
    pedals = list(zip(switches[::2], switches[1::2], strict=False))
    expected = []
    for onset, length, pitch in notes:
        end = onset + length
        up = next((up for down, up in pedals if down <= end < up), end)
        again = [other for other, _, same in notes if same == pitch and other > onset]
        expected.append(max(end, min([up, *again])))
    onsets, lengths, pitches = np.array(notes, np.int64).T
    found = held_by_pedal(onsets, onsets + lengths, pitches, *np.array(pedals, np.int64).reshape(-1, 2).T)
    assert found.tolist() == expected
