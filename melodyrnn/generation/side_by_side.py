"""Music drawn side by side: many drawings, each in streams of its own, whose next events are drawn in one pass.

A drawing is a Python generator that yields what it asks for, some `Ask`s, and receives their events. It may do anything
with them, and ask for as many as it likes: drawings need neither be alike nor equally long. It may itself have others
drawn `together`, such as the candidates for a bar. Each draws to the bit what it would alone.
"""

from collections.abc import Callable, Sequence
from collections.abc import Generator as Process
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from melodyrnn.generation.generator import Event, Generator, next_events
from melodyrnn.generation.interleaving import next_event_of
from melodyrnn.generation.logits import read
from melodyrnn.generation.threads import one_thread
from melodyrnn.model.engine import STREAMS

Result = TypeVar("Result")
Asked = ParamSpec("Asked")


class Ask(NamedTuple):
    """The next event of a stream is asked for, with a bias as in `Generator.next_event`."""

    generator: Generator
    bias: Sequence[int] = ()
    bias_nats: float = 0.0


class AskOf(NamedTuple):
    """The next event of a stream is asked for if one of `parts` begins it before the pulse `limit`, else NO_EVENT."""

    generator: Generator
    parts: Sequence[int]
    limit: int


Drawing = Process[Sequence[Ask | AskOf], Sequence[Event], Result]


def together(drawings: Sequence[Drawing[Result]]) -> Drawing[list[Result]]:
    """Carry all drawings through, side by side -> their results, in the same order."""
    results: dict[int, Result] = {}
    asks: dict[int, Sequence[Ask | AskOf]] = {}
    answers: dict[int, Sequence[Event] | None] = dict.fromkeys(range(len(drawings)))
    while answers:
        for number, events in answers.items():
            try:
                asks[number] = next(drawings[number]) if events is None else drawings[number].send(events)
            except StopIteration as stop:
                results[number] = stop.value
        answers = {}
        if asks:
            drawn = iter((yield [ask for each in asks.values() for ask in each]))
            answers = {number: [next(drawn) for _ in each] for number, each in asks.items()}
            asks = {}
    return [results[number] for number in range(len(drawings))]


def drawn(drawing: Drawing[Result]) -> Result:
    """Carry a drawing through, and all that it has drawn `together`."""
    with one_thread():
        try:
            asks = next(drawing)
            while True:
                asks = drawing.send(_events(asks))
        except StopIteration as stop:
            result: Result = stop.value
            return result


def at_once(drawing: Callable[Asked, Drawing[Result]]) -> Callable[Asked, Result]:
    """The same function, but what it draws is drawn at once, beside nothing else."""

    @wraps(drawing)
    def draw(*args: Asked.args, **kwargs: Asked.kwargs) -> Result:
        return drawn(drawing(*args, **kwargs))

    return draw


def _events(asks: Sequence[Ask | AskOf]) -> list[Event]:
    """The events asked for. The network of one model goes through all its streams in one pass."""
    by_model: dict[int, list[int]] = {}
    for number, ask in enumerate(asks):
        by_model.setdefault(id(ask.generator.model), []).append(number)
    events: dict[int, Event] = {}
    for numbers in by_model.values():
        for first in range(0, len(numbers), STREAMS):
            block = numbers[first : first + STREAMS]
            read([asks[number].generator for number in block])
            events.update(zip(block, _events_of_block([asks[number] for number in block]), strict=True))
    return [events[number] for number in range(len(asks))]


def _events_of_block(asks: Sequence[Ask | AskOf]) -> list[Event]:
    free = [ask for ask in asks if isinstance(ask, Ask)]
    drawn = iter(next_events([ask.generator for ask in free], [(ask.bias, ask.bias_nats) for ask in free]))
    return [next(drawn) if isinstance(ask, Ask) else next_event_of(*ask) for ask in asks]
