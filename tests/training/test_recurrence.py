"""Backpropagation through time, written out: against finite differences, and against torch's own recurrent layers."""

import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch

from melodyrnn.model.config import GATES
from melodyrnn.training.recurrence import CELLS, unroll

STEPS, STREAMS, HIDDEN = 6, 3, 4
PEERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def drawn(cell: str, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """x, w_hh, b_h, state and keep in double precision; stream 0 begins a piece at step 3, stream 2 at step 0."""
    torch.manual_seed(seed)
    gates, parts = GATES[cell] * HIDDEN, 2 if cell == "lstm" else 1
    x = torch.randn(STEPS, STREAMS, gates, dtype=torch.double, requires_grad=True)
    w = torch.randn(gates, HIDDEN, dtype=torch.double, requires_grad=True)
    b = torch.randn(gates, dtype=torch.double, requires_grad=True)
    state = torch.randn(parts, STREAMS, HIDDEN, dtype=torch.double)
    keep = torch.ones(STEPS, STREAMS, 1, dtype=torch.double)
    keep[3, 0] = keep[0, 2] = 0
    return x, w, b, state, keep


def test_the_cells_are_those_of_the_configuration() -> None:
    assert set(CELLS) == set(GATES) == set(PEERS)


@pytest.mark.parametrize("cell", PEERS)
def test_gradients_are_those_of_finite_differences(cell: str) -> None:
    x, w, b, state, keep = drawn(cell)
    assert torch.autograd.gradcheck(lambda *given: unroll(cell, *given, state, keep)[0], (x, w, b))


@pytest.mark.parametrize("cell", PEERS)
def test_it_computes_what_the_layer_of_torch_does(cell: str) -> None:
    """Outputs, last state and all gradients. Same order of gates, but for lstm: i f o g here, i f g o there."""
    x, w, b, state, keep = drawn(cell)
    gates = len(b)
    order = torch.arange(gates).view(-1, HIDDEN)
    order = (order[[0, 1, 3, 2]] if cell == "lstm" else order).flatten()  # its own inverse
    peer = PEERS[cell](gates, HIDDEN).double()
    with torch.no_grad():
        peer.weight_ih_l0.copy_(torch.eye(gates)[order])  # so that its input is what the gates take in
        peer.bias_ih_l0.zero_()
        peer.weight_hh_l0.copy_(w[order])
        peer.bias_hh_l0.copy_(b[order])
    its_x = x.detach().clone().requires_grad_()
    before = (state[:1], state[1:]) if cell == "lstm" else state
    its_h, its_state = peer(its_x, before)
    h, after = unroll(cell, x, w, b, state, torch.ones_like(keep))
    torch.testing.assert_close(h, its_h)
    torch.testing.assert_close(after, torch.cat(its_state) if cell == "lstm" else its_state)
    weights = torch.randn_like(h)
    (h * weights).sum().backward()
    (its_h * weights).sum().backward()
    torch.testing.assert_close(x.grad, its_x.grad)
    torch.testing.assert_close(w.grad, peer.weight_hh_l0.grad[order])
    torch.testing.assert_close(b.grad, peer.bias_hh_l0.grad[order])


@pytest.mark.parametrize("cell", PEERS)
def test_a_new_piece_begins_from_zeros_and_hears_nothing_of_the_one_before(cell: str) -> None:
    x, w, b, state, keep = drawn(cell)
    h, after = unroll(cell, x, w, b, state, keep)
    alone, alone_after = unroll(cell, x[3:, :1], w, b, torch.zeros_like(state[:, :1]), keep[:3, 1:2])
    torch.testing.assert_close(h[3:, :1], alone)
    torch.testing.assert_close(after[:, :1], alone_after)
    (gradient,) = torch.autograd.grad(h[3:, 0].sum(), x)
    assert not gradient[:3].any()
    assert gradient[3:, 0].any(1).all()


@pytest.mark.parametrize("cell", PEERS)
def test_two_windows_give_what_one_does(cell: str) -> None:
    x, w, b, state, keep = drawn(cell)
    whole, last = unroll(cell, x, w, b, state, keep)
    head, between = unroll(cell, x[:2], w, b, state, keep[:2])
    tail, after = unroll(cell, x[2:], w, b, between, keep[2:])
    torch.testing.assert_close(torch.cat([head, tail]), whole)
    torch.testing.assert_close(after, last)
    assert not after.requires_grad  # backpropagation ends at the window
