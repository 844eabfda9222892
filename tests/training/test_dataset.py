"""Pieces laid into streams: nothing lost, nothing twice, in order, and to be taken up again at any window."""

import json
from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

from melodyrnn.training.dataset import Streams, whole_pieces

Array = npt.NDArray[np.int64]


class Numbered(NamedTuple):
    """A piece whose rows can be told apart: each event is (piece, row), input its row, head feature its variant."""

    inputs: Array
    dense: Array
    head_features: Array
    events: Array


def numbered(piece: int, length: int, variant: int = 0) -> Numbered:
    rows = np.arange(length)[:, None]
    events = np.concatenate([np.full_like(rows, piece), rows], 1)
    return Numbered(rows, np.full_like(rows, piece), np.full_like(rows, variant), events)


LENGTHS = [1, 2, 3, 5, 8, 13, 40]
PIECES = [numbered(i, length) for i, length in enumerate(LENGTHS)]


def streams_of(
    groups: dict[str, list[Numbered]], shares: dict[str, float], streams: int = 3, random_seed: int = 0
) -> Streams[Numbered]:
    def vary(piece: Numbered, variant: int) -> Numbered:
        return numbered(int(piece.events[0, 0]), len(piece.events), variant)

    return Streams(
        groups,
        shares,
        streams,
        window=4,
        random_seed=random_seed,
        choose=lambda _, rng: int(rng.integers(5)),
        vary=vary,
    )


def played(flow: Streams[Numbered], batches: int) -> list[list[tuple[int, int, int, int]]]:
    """For each stream its (piece, row, variant, keep), one after the other."""
    result: list[list[tuple[int, int, int, int]]] = []
    for _ in range(batches):
        batch = flow.next_batch()
        events, features, keep = batch.events.numpy(), batch.head_features.numpy()[..., 0], batch.keep.numpy()[..., 0]
        assert np.array_equal(batch.inputs.numpy()[..., 0], events[..., 1])
        assert np.array_equal(batch.dense.numpy()[..., 0], events[..., 0])
        result = result or [[] for _ in range(events.shape[1])]
        for stream, row in enumerate(result):
            for t in range(len(events)):
                row.append((*events[t, stream].tolist(), int(features[t, stream]), int(keep[t, stream])))
    return result


def test_pieces_come_whole_and_in_order_and_keep_is_0_where_they_begin() -> None:
    for stream in played(streams_of({"": PIECES}, {"": 1.0}), 100):
        for before, now in zip([None, *stream], stream, strict=False):
            piece, row, variant, keep = now
            assert keep == (row != 0)
            if row:
                assert before == (piece, row - 1, variant, before[3] if before else None)
            elif before:
                assert before[1] == LENGTHS[before[0]] - 1  # the piece before was played to its end


def test_every_event_of_every_piece_comes_once_an_epoch() -> None:
    (stream,) = played(streams_of({"": PIECES}, {"": 1.0}, streams=1), 5 * sum(LENGTHS) // 4)
    every = Counter((piece, row) for piece, length in enumerate(LENGTHS) for row in range(length))
    epochs = [stream[i : i + sum(LENGTHS)] for i in range(0, len(stream), sum(LENGTHS))]
    assert len(epochs) == 5
    for epoch in epochs:
        assert Counter((piece, row) for piece, row, _, _ in epoch) == every
    orders = {tuple(piece for piece, row, _, _ in epoch if row == 0) for epoch in epochs}
    assert len(orders) > 1  # shuffled anew
    assert len({variant for piece, row, variant, _ in stream if piece == 6}) > 1  # and chosen anew


def test_pieces_are_begun_equally_often_in_parallel_streams() -> None:
    begun = Counter(
        p for stream in played(streams_of({"": PIECES}, {"": 1.0}, 5), 300) for p, row, _, _ in stream if not row
    )
    assert max(begun.values()) - min(begun.values()) <= 5  # one for each stream that has not come to it yet


def test_groups_get_their_shares_of_the_events() -> None:
    groups = {"long": PIECES[4:], "short": PIECES[:4]}
    rows = [row for stream in played(streams_of(groups, {"long": 0.25, "short": 0.75}), 400) for row in stream]
    share = sum(piece < 4 for piece, *_ in rows) / len(rows)
    assert share == pytest.approx(0.75, abs=0.02)


def test_a_restored_state_goes_on_with_the_very_next_window() -> None:
    groups, shares = {"a": PIECES[:3], "b": PIECES[3:]}, {"a": 0.3, "b": 0.7}
    uncut = streams_of(groups, shares)
    played(uncut, 17)
    state = json.loads(json.dumps(uncut.state()))  # plain data
    resumed = streams_of(groups, shares, random_seed=99)
    resumed.restore(state)
    assert played(resumed, 60) == played(uncut, 60)


def test_the_random_seed_decides() -> None:
    def first(random_seed: int) -> list[list[tuple[int, int, int, int]]]:
        return played(streams_of({"": PIECES}, {"": 1.0}, random_seed=random_seed), 20)

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_a_state_of_other_pieces_is_refused() -> None:
    flow = streams_of({"": PIECES}, {"": 1.0})
    played(flow, 30)
    state = flow.state()
    for other in ({"": [numbered(0, 1)]}, {"x": PIECES}):
        with pytest.raises((ValueError, LookupError)):
            streams_of(other, dict.fromkeys(other, 1.0)).restore(state)


def test_whole_pieces_come_once_side_by_side() -> None:
    found: Counter[tuple[int, ...]] = Counter()
    for batch, real in whole_pieces(PIECES, 3):
        assert batch.events.shape[:2] == real.shape == batch.keep.shape[:2]
        assert not batch.keep[0].any()
        assert batch.keep[1:].all()
        found.update(map(tuple, batch.events.numpy()[real].tolist()))
        for stream in range(real.shape[1]):
            rows = batch.events.numpy()[real[:, stream], stream, 1]
            assert rows.tolist() == list(range(len(rows)))
    assert found == Counter((piece, row) for piece, length in enumerate(LENGTHS) for row in range(length))


def test_long_pieces_do_not_drown_short_ones() -> None:
    pieces = [numbered(i, length) for i, length in enumerate([10] * 6 + [1000])]

    def share_of_the_long_one(evenness: float) -> float:
        flow = Streams({"": pieces}, {"": 1.0}, 1, 100, 0, lambda *_: 0, lambda piece, _: piece, evenness)
        events = np.concatenate([flow.next_batch().events.numpy()[:, 0, 0] for _ in range(2000)])
        return float((events == 6).mean())

    assert share_of_the_long_one(0) == pytest.approx(1000 / 1060, abs=0.01)
    assert share_of_the_long_one(0.5) == pytest.approx(100 / 160, abs=0.05)
    assert share_of_the_long_one(1) == pytest.approx(10 / 70, abs=0.05)
