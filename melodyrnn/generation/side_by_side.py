"""Music drawn side by side: many drawings, each in a stream of its own, whose next events are drawn in one pass.

A drawing is a Python generator that yields what it asks for, an `Ask`, and receives the event. It may do anything with
it, and ask for as many as it likes: drawings need neither be alike nor equally long. Each draws what it would alone.
"""

from collections.abc import Generator as Process
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from melodyrnn.generation.generator import Event, Generator, next_events
from melodyrnn.model.engine import STREAMS

Result = TypeVar("Result")


class Ask(NamedTuple):
    """The next event of a stream is asked for, with a bias as in `Generator.next_event`."""

    generator: Generator
    bias: Sequence[int] = ()
    bias_nats: float = 0.0


Drawing = Process[Ask, Event, Result]


def side_by_side(drawings: Sequence[Drawing[Result]]) -> list[Result]:
    """Carry all drawings through -> their results, in the same order. All draw with one model."""
    results: dict[int, Result] = {}
    asks: dict[int, Ask] = {}

    def go_on(number: int, event: Event | None) -> None:
        try:
            asks[number] = next(drawings[number]) if event is None else drawings[number].send(event)
        except StopIteration as stop:
            results[number] = stop.value

    for number in range(len(drawings)):
        go_on(number, None)
    while asks:
        waiting = [*asks.items()]
        asks.clear()
        for first in range(0, len(waiting), STREAMS):
            together = waiting[first : first + STREAMS]
            events = next_events([ask.generator for _, ask in together], [ask[1:] for _, ask in together])
            for (number, _), event in zip(together, events, strict=True):
                go_on(number, event)
    return [results[number] for number in range(len(drawings))]


def alone(drawing: Drawing[Result]) -> Result:
    """Carry one drawing through."""
    return side_by_side([drawing])[0]
