"""Whether a stored picture can be drawn. What cannot is named in the file instead of leaving an empty sheet."""

import warnings
from pathlib import Path

from PIL import Image

MOST_PIXELS = 80_000_000


def is_readable(path: Path) -> bool:
    """Whether it is a whole picture of a size that can be drawn."""
    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("error")
            fits = picture.width * picture.height <= MOST_PIXELS
            if fits:
                picture.draft("RGB", (1000, 1000))
                picture.load()
            return fits
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return False
