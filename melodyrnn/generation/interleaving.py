"""Events of some parts drawn among events of others that are known: which comes first, and where.

What the other parts play is known, so the network need not be asked. But it expects them as well. So time goes on place
by place: at each the chance of a note of the parts that are drawn is the network's for these parts, as a share of all
that it still expects from there on. Where it expects another part, which is known to be silent there, time goes on.
"""

from collections.abc import Iterator, Sequence

from melodyrnn.arrays import Doubles
from melodyrnn.encoding.events import FIELDS
from melodyrnn.generation.generator import Event, Generator
from melodyrnn.generation.logits import Logits

LEAST_SHARE, LEAST_LEFT = 1e-3, 1e-4  # of what the network expects: less is passed over
NO_EVENT: Event = ()


def next_event_of(generator: Generator, parts: Sequence[int], limit: int) -> Event:
    """Draw the next event if one of `parts` begins a note before the pulse `limit`; NO_EVENT if none does.

    Grammar, steering and sampling are those of `Generator.next_event`; the event is not taken in before it is pushed.
    """
    if limit <= generator.context.cursor.pulse:
        return NO_EVENT
    number, left, logits_of = generator.random(), 1.0, Logits([generator])
    for place, expected in _expected(generator, logits_of, limit):
        if expected > LEAST_SHARE * left:
            of_parts = _of_parts(generator, logits_of, place, parts, min(1.0, expected / left)).cumsum()
            chance = float(of_parts[-1])
            if number < chance:
                part = int(of_parts.searchsorted(number, side="right"))
                return _completed(generator, logits_of, [*place, parts[min(part, len(parts) - 1)]])
            number = (number - chance) / (1 - chance)
        left -= expected
        if left < LEAST_LEFT:
            break
    return NO_EVENT


def _of_parts(
    generator: Generator, logits_of: Logits, place: Sequence[int], parts: Sequence[int], share: float
) -> Doubles:
    """(len(parts),) the chance that the next event stands at a place where the network expects it with that share, and
    is of each of these parts.

    Where some parts are known, steering raises the odds of a note of the others beside the silence, not beside notes of
    the known parts, which are not there.
    """
    if generator.grammar.part_count == len(parts):
        chances: Doubles = share * generator.chances(logits_of(place)[0], place)[list(parts)]
        return chances
    p, odds = generator.chances_and_odds(logits_of(place)[0], place)
    plain = share * p[list(parts)]
    raised: Doubles = plain * odds[list(parts)]
    raised /= 1 + raised.sum() - plain.sum()
    return raised


def _expected(generator: Generator, logits_of: Logits, limit: int) -> Iterator[tuple[list[int], float]]:
    """Bars and places where an event may stand before the pulse `limit`, in order of time, and their chances."""
    pulse = generator.grammar.pulse
    for bars, of_bars in enumerate(generator.chances(logits_of([])[0], []).tolist()):
        if pulse((bars, 0)) >= limit:
            return
        if of_bars:
            for place, of_place in enumerate(generator.chances(logits_of([bars])[0], [bars]).tolist()):
                if of_place and pulse((bars, place)) < limit:
                    yield [bars, place], of_bars * of_place


def _completed(generator: Generator, logits_of: Logits, drawn: list[int]) -> Event:
    """The event that begins with these fields: the others are drawn."""
    while len(drawn) < len(FIELDS):
        drawn.append(generator.draw(logits_of(drawn)[0], drawn))
    return tuple(drawn)
