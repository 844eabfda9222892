"""The ledger: what was begun is owed until it has ended."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.live.wire.ledger import Ledger

keys = st.tuples(st.integers(0, 2), st.integers(60, 63))


@given(st.lists(st.tuples(keys, st.integers(0, 50)), max_size=60), st.integers(0, 60))
def test_each_note_is_due_once_at_its_last_end(begun, until):
    ledger = Ledger()
    ends: dict[tuple[int, int], int] = {}
    for key, end in begun:
        ledger.owe(key, end)
        ends[key] = end
    due = ledger.ended(until)
    assert sorted(due) == sorted(key for key, end in ends.items() if end <= until)
    assert [ends[key] for key in due] == sorted(ends[key] for key in due)
    assert ledger.ended(until) == []
    assert {*ledger.owed()} == {*ends}  # owed until settled
    for key in due:
        ledger.settle(key)
    assert {*ledger.owed()} == {key for key, end in ends.items() if end > until}
    assert ledger.next_end == min((end for end in ends.values() if end > until), default=None)
    assert ledger.channels == {channel for channel, _ in ends}
