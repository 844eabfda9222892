"""A picture as SVG: plain text that browsers, documents and the page show at any size."""

from html import escape

from melodyrnn.drawing.picture import WHITE, Box, Mark, Picture

ANCHORS = {"left": "start", "middle": "middle", "right": "end"}
NAMESPACE = "http://www.w3.org/2000/svg"
FONT = "system-ui, sans-serif"


def svg_text(picture: Picture) -> str:
    """The whole file. Boxes of one colour that follow each other are one path, which keeps it small."""
    width, height = _number(picture.width), _number(picture.height)
    size = f'width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="{NAMESPACE}" {size} viewBox="0 0 {width} {height}" font-family="{FONT}" role="img">',
        *([f"<title>{escape(_legal(picture.about))}</title>"] if picture.about else []),
        f'<path fill="{WHITE}" d="M0 0h{width}v{height}H0z"/>',
    ]
    run = list[Box]()
    for mark in picture.marks:
        if run and not (isinstance(mark, Box) and mark.colour == run[0].colour):
            lines.append(_path(run))
            run = []
        if isinstance(mark, Box):
            run.append(mark)
        else:
            lines.append(_label(mark))
    return "\n".join([*lines, *([_path(run)] if run else []), "</svg>", ""])


def _path(boxes: list[Box]) -> str:
    shapes = (
        f"M{_number(box.x)} {_number(box.y)}h{_number(box.width)}v{_number(box.height)}h{_number(-box.width)}z"
        for box in boxes
    )
    return f'<path fill="{boxes[0].colour}" d="{"".join(shapes)}"/>'


def _label(label: Mark) -> str:
    assert not isinstance(label, Box)
    place = f'x="{_number(label.x)}" y="{_number(label.y)}" font-size="{_number(label.size)}"'
    anchor = f' text-anchor="{ANCHORS[label.align]}"' if label.align != "left" else ""
    return f'<text {place}{anchor} fill="{label.colour}">{escape(_legal(label.text))}</text>'


def _number(value: float) -> str:
    """To a tenth of a pixel, without zeros that say nothing."""
    return f"{value:.1f}".removesuffix(".0")


def _legal(text: str) -> str:
    """Without the characters that XML has no way to write, such as a name of a track may hold."""
    return "".join(c if c.isprintable() else " " for c in text)
