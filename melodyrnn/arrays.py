"""Names for the arrays of this package: by what they hold, not by what they mean."""

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
AnyInts = npt.NDArray[np.integer]  # of any width
Floats = npt.NDArray[np.float32]  # what a network computes with
Doubles = npt.NDArray[np.float64]
