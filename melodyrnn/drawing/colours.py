"""Colours that stay apart for colour-blind eyes.

Okabe and Ito, "Color Universal Design" (2008): https://jfly.uni-koeln.de/color/. In the order in which they are told
apart most easily on white.
"""

PARTS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#f0e442")
INK, FAINT_INK = "#222222", "#667078"
BAR_LINE, BEAT_LINE = "#9aa2a8", "#e4e7ea"
BLACK_KEY, NEW_BAR = "#f3f5f6", "#fff6dc"
GIVEN_SHARE = 0.5  # of its colour that a note has which was given, beside new ones


def part_colour(index: int) -> str:
    """The colour of a part by its number from 0. The ninth has that of the first."""
    return PARTS[index % len(PARTS)]


def pale(colour: str, share: float = GIVEN_SHARE) -> str:
    """A colour mixed with white: `share` of it."""
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02x}" for channel in channels)
