"""Training music made by rule: loops of a small band, which keep a pattern for bars and vary it.

Recorded and written music rarely repeats a bar as a producer's loop does. A network that has only read the first breaks
a loop up; these pieces teach it to carry one on.
"""

from melodyrnn.corpus.loops.band import draw_loop

__all__ = ["draw_loop"]
