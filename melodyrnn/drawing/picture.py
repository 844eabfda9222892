"""A picture as a list of boxes and labels, with which a roll is drawn; and as SVG, which browsers and notebooks show.

Lengths are pixels; x grows to the right, y downwards. Colours are "#rrggbb".
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

WHITE = "#ffffff"
NAMESPACE = "http://www.w3.org/2000/svg"
FONT = "system-ui, sans-serif"
ANCHORS = {"left": "", "middle": ' text-anchor="middle"', "right": ' text-anchor="end"'}
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

    @property
    def svg(self) -> str:
        """The whole SVG file. Boxes of one colour that follow each other are one path, which keeps it small."""
        width, height = _number(self.width), _number(self.height)
        size = f'width="{width}" height="{height}"'
        lines = [
            f'<svg xmlns="{NAMESPACE}" {size} viewBox="0 0 {width} {height}" font-family="{FONT}" role="img">',
            *([f"<title>{escape(_legal(self.about))}</title>"] if self.about else []),
            f'<path fill="{WHITE}" d="M0 0h{width}v{height}H0z"/>',
        ]
        for colour, run in groupby(self.marks, key=lambda mark: mark.colour if isinstance(mark, Box) else None):
            marks = list(run)
            lines += [_path(colour, marks)] if colour else map(_text, marks)
        return "\n".join([*lines, "</svg>", ""])

    def _repr_svg_(self) -> str:
        """How a notebook shows it."""
        return self.svg


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


def _path(colour: str, boxes: Iterable[Mark]) -> str:
    shapes = (
        f"M{_number(box.x)} {_number(box.y)}h{_number(box.width)}v{_number(box.height)}h{_number(-box.width)}z"
        for box in boxes
        if isinstance(box, Box)
    )
    return f'<path fill="{colour}" d="{"".join(shapes)}"/>'


def _text(label: Mark) -> str:
    assert isinstance(label, Label)
    place = f'x="{_number(label.x)}" y="{_number(label.y)}" font-size="{_number(label.size)}"{ANCHORS[label.align]}'
    return f'<text {place} fill="{label.colour}">{escape(_legal(label.text))}</text>'


def _number(value: float) -> str:
    """To a tenth of a pixel, without zeros that say nothing."""
    return f"{value:.1f}".removesuffix(".0")


def _legal(text: str) -> str:
    """Without the characters that XML has no way to write, such as a name of a track may hold."""
    return "".join(c if c.isprintable() else " " for c in text)
