"""A picture as PNG, drawn by Pillow at twice the size, so that it is sharp on every screen."""

import io

from melodyrnn.drawing.picture import WHITE, Box, Picture

SCALE = 2
ANCHORS = {"left": "ls", "middle": "ms", "right": "rs"}  # Pillow's: the letters stand on the point


def png_bytes(picture: Picture) -> bytes:
    """The whole file. ModuleNotFoundError where Pillow is not installed."""
    from PIL import Image, ImageDraw, ImageFont

    size = (round(picture.width * SCALE), round(picture.height * SCALE))
    image = Image.new("RGB", size, WHITE)
    drawing = ImageDraw.Draw(image)
    sizes = {mark.size for mark in picture.marks if not isinstance(mark, Box)}
    fonts = {size: ImageFont.load_default(size * SCALE) for size in sizes}
    for mark in picture.marks:
        if isinstance(mark, Box):
            left, top = round(mark.x * SCALE), round(mark.y * SCALE)
            right, bottom = round((mark.x + mark.width) * SCALE), round((mark.y + mark.height) * SCALE)
            drawing.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), mark.colour)
        else:
            place = (mark.x * SCALE, mark.y * SCALE)
            drawing.text(place, mark.text, mark.colour, fonts[mark.size], ANCHORS[mark.align])
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
