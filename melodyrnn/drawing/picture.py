"""A picture as a list of boxes and labels: what a roll is drawn with, and what SVG and PNG are written from.

Lengths are pixels; x grows to the right, y downwards. Colours are "#rrggbb".
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

WHITE = "#ffffff"
TEXT_SIZE = 11.0
Align: TypeAlias = Literal["left", "middle", "right"]


class Box(NamedTuple):
    """A filled rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    colour: str


class Label(NamedTuple):
    """One line of text. `x` is its left end, middle or right end; `y` the line that the letters stand on."""

    x: float
    y: float
    text: str
    colour: str
    align: Align = "left"
    size: float = TEXT_SIZE


Mark: TypeAlias = Box | Label


class Picture(NamedTuple):
    """Marks on white, each drawn over those before it. `about`: what is to be seen, in words."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    about: str = ""


def moved(marks: Iterable[Mark], right: float, down: float) -> tuple[Mark, ...]:
    """The marks elsewhere."""
    return tuple(mark._replace(x=mark.x + right, y=mark.y + down) for mark in marks)


def in_columns(pictures: Sequence[Picture], columns: int, gap: float) -> Picture:
    """Pictures in rows of so many, as wide and as high as the largest of a column and of a row; the first is on top."""
    rows = [pictures[first : first + columns] for first in range(0, len(pictures), columns)]
    widths = [
        max(picture.width for picture in pictures[column::columns]) for column in range(min(columns, len(pictures)))
    ]
    marks, top = list[Mark](), 0.0
    for row in rows:
        left = 0.0
        for picture, width in zip(row, widths, strict=False):
            marks += moved(picture.marks, left, top)
            left += width + gap
        top += max(picture.height for picture in row) + gap
    about = "; ".join(picture.about for picture in pictures if picture.about)
    return Picture(sum(widths) + gap * (len(widths) - 1), top - gap, tuple(marks), about)
