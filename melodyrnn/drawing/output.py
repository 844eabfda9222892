"""A picture as a file: its name says whether it is SVG or PNG."""

from pathlib import Path

from melodyrnn.drawing.picture import Picture
from melodyrnn.drawing.png import png_bytes
from melodyrnn.errors import MelodyRnnError, OptionError
from melodyrnn.files import check_free, replacing

FORMATS = (".svg", ".png")


def check_picture_name(path: Path) -> None:
    """OptionError for a file whose name ends otherwise than a picture's."""
    if path.suffix.lower() not in FORMATS:
        raise OptionError(f"{path}: the name of a picture must end in {' or '.join(FORMATS)}")


def picture_bytes(picture: Picture, form: str) -> bytes:
    """The file of a picture; `form` is one of FORMATS. MelodyRnnError for a PNG where Pillow is not installed."""
    if form == ".svg":
        return picture.svg.encode()
    try:
        return png_bytes(picture)
    except ModuleNotFoundError:
        raise MelodyRnnError(
            'a PNG picture needs pillow: pip install "melodyrnn[png]"; an SVG picture (.svg) needs nothing'
        ) from None


def write_picture(picture: Picture, path: Path, overwrite: bool = False) -> None:
    """Write the picture, whole or not at all. OptionError or OutputError where that cannot be."""
    check_picture_name(path)
    check_free(path, overwrite)
    data = picture_bytes(picture, path.suffix.lower())
    with replacing(path) as beside:
        beside.write_bytes(data)
