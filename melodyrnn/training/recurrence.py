"""The three cells unrolled over a window, and backpropagation through time written out.

Autograd would build a graph of every small step and add up the weight gradient 1/T at a time. Writing the backward pass
by hand keeps what each step needs, walks back once, and gets the weight gradient from one large product at the end:
faster on a CPU, and the place to read what backpropagation through time is.

The walk back multiplies the gradient of the hidden state by the same matrix once a step. With the plain cell that is
all there is, so it shrinks or grows geometrically; a gate adds a path around the matrix (z for gru, f for lstm).

Equations of the cells: see `melodyrnn.model.engine`, which computes the same numbers.
"""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor


class Back(NamedTuple):
    """Gradients one step hands back: to the cell's input x, to a = W_hh h + b_h, and directly to the state before."""

    x: Tensor
    a: Tensor
    state: Tensor


class Cell(Protocol):
    """One step forward and one step back. Shapes: x and a (B, gates * H), state (parts, B, H) with h first."""

    @staticmethod
    def forward(x: Tensor, a: Tensor, state: Tensor, /) -> tuple[Tensor, tuple[Tensor, ...]]:
        """-> state after the step, and what `backward` needs to know of it."""

    @staticmethod
    def backward(grad: Tensor, state: Tensor, saved: tuple[Tensor, ...], /) -> Back:
        """grad: gradient of the state after the step; `state`: the state before it."""


class _Rnn:
    """h' = tanh(x + a)."""

    @staticmethod
    def forward(x: Tensor, a: Tensor, _: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        h = torch.tanh(x + a)
        return h[None], (h,)

    @staticmethod
    def backward(grad: Tensor, state: Tensor, saved: tuple[Tensor, ...]) -> Back:
        (h,) = saved
        d = grad[0] * (1 - h * h)
        return Back(d, d, torch.zeros_like(state))


class _Gru:
    """r, z = sigmoid(x + a);  n = tanh(x + r a);  h' = (1 - z) n + z h."""

    @staticmethod
    def forward(x: Tensor, a: Tensor, state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        width = state.shape[-1]
        gates = torch.add(x[:, : 2 * width], a[:, : 2 * width]).sigmoid_()
        r, z, m = gates[:, :width], gates[:, width:], a[:, 2 * width :]
        n = torch.addcmul(x[:, 2 * width :], r, m).tanh_()
        return torch.lerp(n, state[0], z)[None], (r, z, n, m)

    @staticmethod
    def backward(grad: Tensor, state: Tensor, saved: tuple[Tensor, ...]) -> Back:
        r, z, n, m = saved
        new = grad[0] * (1 - z)
        d_n = new * (1 - n * n)
        d_r = d_n * m * r * (1 - r)
        d_z = new * (state[0] - n) * z
        return Back(torch.cat([d_r, d_z, d_n], 1), torch.cat([d_r, d_z, d_n * r], 1), grad * z)


class _Lstm:
    """i, f, o = sigmoid(x + a);  g = tanh(x + a);  c' = f c + i g;  h' = o tanh(c')."""

    @staticmethod
    def forward(x: Tensor, a: Tensor, state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        width = state.shape[-1]
        both = x + a
        i, f, o = both[:, : 3 * width].sigmoid().chunk(3, 1)
        g = both[:, 3 * width :].tanh()
        c = torch.addcmul(i * g, f, state[1])
        tanh_c = c.tanh()
        return torch.stack([o * tanh_c, c]), (i, f, o, g, tanh_c)

    @staticmethod
    def backward(grad: Tensor, state: Tensor, saved: tuple[Tensor, ...]) -> Back:
        i, f, o, g, tanh_c = saved
        d_c = grad[1] + grad[0] * o * (1 - tanh_c * tanh_c)
        d = torch.cat(
            [
                d_c * g * i * (1 - i),
                d_c * state[1] * f * (1 - f),
                grad[0] * tanh_c * o * (1 - o),
                d_c * i * (1 - g * g),
            ],
            1,
        )
        return Back(d, d, torch.stack([torch.zeros_like(d_c), d_c * f]))


CELLS: dict[str, type[Cell]] = {"rnn": _Rnn, "gru": _Gru, "lstm": _Lstm}


class _Unroll(torch.autograd.Function):
    """Products with W_hh in `precision` (its inputs; sums are float32), all else in the precision of the state."""

    @staticmethod
    def forward(
        ctx: Any,
        cell: type[Cell],
        precision: torch.dtype,
        x: Tensor,
        w_hh: Tensor,
        b_h: Tensor,
        state: Tensor,
        keep: Tensor,
    ) -> tuple[Tensor, Tensor]:
        before, saved, outputs = [], [], []
        fine, w = x.dtype, w_hh.to(precision).t()
        for x_t, keep_t in zip(x, keep, strict=True):
            state = state * keep_t
            before.append(state)
            h = state[0]
            a = torch.addmm(b_h, h, w) if fine == precision else b_h + torch.mm(h.to(precision), w)
            state, known = cell.forward(x_t, a, state)
            saved.append(known)
            outputs.append(state[0])
        ctx.cell, ctx.precision, ctx.before, ctx.saved = cell, precision, before, saved
        ctx.save_for_backward(w_hh, keep)
        ctx.mark_non_differentiable(state)
        return torch.stack(outputs), state

    @staticmethod
    def backward(ctx: Any, grad_h: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        w_hh, keep = ctx.saved_tensors
        w, precision = w_hh.to(ctx.precision), ctx.precision
        grad_state = torch.zeros_like(ctx.before[0])
        xs, as_ = [], []
        for t in range(len(grad_h) - 1, -1, -1):
            grad_state[0] += grad_h[t]
            back = ctx.cell.backward(grad_state, ctx.before[t], ctx.saved[t])
            xs.append(back.x)
            as_.append(back.a)
            grad_state = back.state
            if back.a.dtype == precision:  # around the matrix, and through it
                grad_state[0].addmm_(back.a, w)
            else:
                grad_state[0] += torch.mm(back.a.to(precision), w)
            grad_state *= keep[t]
        grad_x, grad_a = torch.stack(xs[::-1]), torch.stack(as_[::-1]).flatten(0, 1)
        h_before = torch.stack([state[0] for state in ctx.before]).flatten(0, 1)
        grad_w = (grad_a.to(precision).t() @ h_before.to(precision)).to(w_hh.dtype)
        return None, None, grad_x, grad_w, grad_a.sum(0), None, None


def unroll(cell: str, x: Tensor, w_hh: Tensor, b_h: Tensor, state: Tensor, keep: Tensor) -> tuple[Tensor, Tensor]:
    """Run a cell over a window. Gradients stop at the window's start: backpropagation through time, truncated.

    x (T, B, gates * H) is W_xh x + b_x; state (parts, B, H) before the window; keep (T, B, 1) is 0 where a new piece
    begins and the state starts from zeros, else 1. -> h (T, B, H), state after the window, cut off from its past.

    Under autocast the products are of its precision; gates and state stay as fine as the state is, so that many steps
    do not add up to a drift.
    """
    device = x.device.type
    if not torch.is_autocast_enabled(device):
        return _Unroll.apply(CELLS[cell], x.dtype, x, w_hh, b_h, state, keep)  # type: ignore[no-any-return, no-untyped-call]
    precision = torch.get_autocast_dtype(device)
    with torch.autocast(device, enabled=False):
        return _Unroll.apply(CELLS[cell], precision, x.to(state.dtype), w_hh, b_h, state, keep)  # type: ignore[no-any-return, no-untyped-call]
