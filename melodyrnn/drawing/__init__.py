"""Pictures of music: piano rolls as SVG, which needs no library, and as PNG."""

from melodyrnn.drawing.output import check_picture_name, picture_bytes, write_picture
from melodyrnn.drawing.picture import Picture
from melodyrnn.drawing.roll import NewNotes, Shown, contact_sheet, new_from_bar, notes_not_in, piano_roll

__all__ = [
    "NewNotes",
    "Picture",
    "Shown",
    "check_picture_name",
    "contact_sheet",
    "new_from_bar",
    "notes_not_in",
    "piano_roll",
    "picture_bytes",
    "write_picture",
]
