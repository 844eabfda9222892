"""The three cells over a window of steps, forward and back in numpy: backpropagation through time, truncated.

Forward keeps, for each step, the state before it and the gates. Back walks from the last step to the first and returns
the gradient of each step's input and of each product with W_hh; the gradients of the weights then are one large product
over all steps, which the caller makes. The equations are in `melodyrnn.model.engine`.

Shapes: T steps of B streams, G gates of width H side by side.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Floats

_HALF, _ONE = np.float32(0.5), np.float32(1)


class Unrolled(NamedTuple):
    """A window as it was computed: what the way back reads."""

    outputs: Floats  # (T, B, H)
    before: Floats  # (T, parts, B, H): the state that each step started from
    after: Floats  # (parts, B, H): the state after the window
    gates: Floats  # (T, B, kept H): what `_Step.back` needs to know of a step


Forward = Callable[[Floats, Floats, Floats, Floats], None]
Back = Callable[[Floats, Floats, Floats, Floats, Floats], None]


def unroll(cell: str, x: Floats, w_hh: Floats, b_h: Floats, state: Floats, keep: Floats) -> Unrolled:
    """Run a cell: x (T, B, G H) is W_xh x + b_x; state (parts, B, H); keep (T, B, 1) is 0 where a stream restarts."""
    steps, streams, _ = x.shape
    width, (forward, _, kept) = w_hh.shape[1], CELLS[cell]
    gates = np.empty((steps, streams, kept * width), np.float32)
    states = np.empty((steps + 1, *state.shape), np.float32)
    states[0] = state
    a = np.empty(x.shape[1:], np.float32)
    restarts = keep.min((1, 2)) < 1
    outputs = np.empty((steps, streams, width), np.float32)
    for t in range(steps):
        if restarts[t]:
            states[t] *= keep[t]
        np.dot(states[t, 0], w_hh.T, out=a)
        a += b_h
        forward(x[t], a, states[t : t + 2], gates[t])
        outputs[t] = states[t + 1, 0]
    return Unrolled(outputs, states[:-1], states[-1], gates)


def back(cell: str, unrolled: Unrolled, w_hh: Floats, keep: Floats, grad: Floats) -> tuple[Floats, Floats]:
    """Gradient (T, B, H) of the outputs -> those of x and of a = W_hh h + b_h, (T, B, G H). They may be one array."""
    steps, streams, width = grad.shape
    step, shape = CELLS[cell][1], (steps, streams, w_hh.shape[0])
    d_x = np.empty(shape, np.float32)
    d_a = np.empty(shape, np.float32) if cell == "gru" else d_x
    d_state = np.zeros_like(unrolled.after)
    through = np.empty((streams, width), np.float32)
    restarts = keep.min((1, 2)) < 1
    for t in range(steps - 1, -1, -1):
        d_state[0] += grad[t]
        step(d_state, unrolled.before[t], unrolled.gates[t], d_x[t], d_a[t])
        np.dot(d_a[t], w_hh, out=through)
        d_state[0] += through
        if restarts[t]:
            d_state *= keep[t]
    return d_x, d_a


def _rnn(x: Floats, a: Floats, states: Floats, gates: Floats) -> None:
    np.add(x, a, out=gates)
    np.tanh(gates, out=gates)
    states[1, 0] = gates


def _rnn_back(d_state: Floats, _: Floats, gates: Floats, d_x: Floats, __: Floats) -> None:
    np.multiply(gates, gates, out=d_x)
    np.subtract(_ONE, d_x, out=d_x)
    d_x *= d_state[0]
    d_state[0] = 0


def _gru(x: Floats, a: Floats, states: Floats, gates: Floats) -> None:
    """Keeps r, z, n, and the product m that r acts on."""
    width = a.shape[-1] // 3
    both, n, m = gates[:, : 2 * width], gates[:, 2 * width : 3 * width], gates[:, 3 * width :]
    np.add(x[:, : 2 * width], a[:, : 2 * width], out=both)
    _squash(both)
    m[:] = a[:, 2 * width :]
    np.multiply(both[:, :width], m, out=n)
    n += x[:, 2 * width :]
    np.tanh(n, out=n)
    new = states[1, 0]
    np.subtract(states[0, 0], n, out=new)
    new *= both[:, width:]
    new += n


def _gru_back(d_state: Floats, before: Floats, gates: Floats, d_x: Floats, d_a: Floats) -> None:
    width = before.shape[-1]
    r, z, n, m = (gates[:, i * width : (i + 1) * width] for i in range(4))
    d_r, d_z, d_n = (d_x[:, i * width : (i + 1) * width] for i in range(3))
    kept = d_state[0] * z
    np.subtract(d_state[0], kept, out=d_state[0])  # the gradient of n
    np.subtract(before[0], n, out=d_z)
    d_z *= kept
    d_z *= _ONE - z
    np.multiply(n, n, out=d_n)
    np.subtract(_ONE, d_n, out=d_n)
    d_n *= d_state[0]
    np.multiply(d_n, m, out=d_r)
    d_r *= r * (_ONE - r)
    d_a[:, : 2 * width] = d_x[:, : 2 * width]
    np.multiply(d_n, r, out=d_a[:, 2 * width :])
    d_state[0] = kept


def _lstm(x: Floats, a: Floats, states: Floats, gates: Floats) -> None:
    """Keeps i, f, o, g, tanh(c')."""
    width = a.shape[-1] // 4
    both, tanh_c = gates[:, : 4 * width], gates[:, 4 * width :]
    np.add(x, a, out=both)
    _squash(both[:, : 3 * width])
    i, f, o, g = (both[:, n * width : (n + 1) * width] for n in range(4))
    np.tanh(g, out=g)
    c = states[1, 1]
    np.multiply(f, states[0, 1], out=c)
    c += i * g
    np.tanh(c, out=tanh_c)
    np.multiply(o, tanh_c, out=states[1, 0])


def _lstm_back(d_state: Floats, before: Floats, gates: Floats, d_x: Floats, _: Floats) -> None:
    width = before.shape[-1]
    i, f, o, g, tanh_c = (gates[:, n * width : (n + 1) * width] for n in range(5))
    d_h, d_c = d_state
    d_c += d_h * o * (_ONE - tanh_c * tanh_c)
    d_x[:, :width] = d_c * g * i * (_ONE - i)
    d_x[:, width : 2 * width] = d_c * before[1] * f * (_ONE - f)
    d_x[:, 2 * width : 3 * width] = d_h * tanh_c * o * (_ONE - o)
    d_x[:, 3 * width :] = d_c * i * (_ONE - g * g)
    d_c *= f
    d_h[:] = 0


def _squash(x: Floats) -> None:
    x *= _HALF
    np.tanh(x, out=x)
    x *= _HALF
    x += _HALF


CELLS: dict[str, tuple[Forward, Back, int]] = {  # and how many widths of gates a step keeps
    "rnn": (_rnn, _rnn_back, 1),
    "gru": (_gru, _gru_back, 4),
    "lstm": (_lstm, _lstm_back, 5),
}
