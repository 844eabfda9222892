"""Functions that compute features: each is marked with the names of its features, and the table decides their order."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TypeVar

from melodyrnn.encoding.features import Feature

Function = Callable[..., Iterable[int]]
_Function = TypeVar("_Function", bound=Function)
COMPUTED: dict[Function, tuple[str, ...]] = {}  # the names of the features that a function computes


def computes(*names: str) -> Callable[[_Function], _Function]:
    """Mark a function: it returns the values of these features, one after the other, column by column."""

    def mark(function: _Function) -> _Function:
        COMPUTED[function] = names
        return function

    return mark


class FeatureRow:
    """Computes these features: calls the functions that are marked with their names, and orders the values."""

    def __init__(self, features: Iterable[Feature]) -> None:
        columns = {feature.name: feature.columns for feature in features}
        function_of = {name: function for function, names in COMPUTED.items() for name in names}
        self._functions = [*dict.fromkeys(function_of[name] for name in columns)]
        computed = [*chain(*(columns[name] for function in self._functions for name in COMPUTED[function]))]
        order = [computed.index(column) for column in chain(*columns.values())]
        self._order = None if order == [*range(len(computed))] else order

    def __call__(self, *arguments: object) -> list[int]:
        """The values of all columns; each function is called with these arguments."""
        values: list[int] = []
        for function in self._functions:
            values += function(*arguments)
        return values if self._order is None else [values[i] for i in self._order]
