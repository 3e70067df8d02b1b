"""Stored photos as a sheet of paper needs them: upright, no finer than print, small. One that cannot be read is none."""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from casemgr.later import Later

if TYPE_CHECKING:
    from PIL import Image, ImageOps
else:
    Image, ImageOps = Later("PIL.Image"), Later("PIL.ImageOps")

MOST_PIXELS = 120_000_000
LONGEST = 1800  # pixels: 245 mm at 185 dpi
QUALITY = 82


def small_copy(path: Path) -> bytes | None:
    """A JPEG of the picture that is at most LONGEST pixels long; None when it is broken or absurdly large."""
    out = io.BytesIO()
    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("error")
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST, LONGEST))
            white = Image.new("RGB", upright.size, "white")
            shown = upright.convert("RGBA")
            white.paste(shown, mask=shown.getchannel("A"))
            white.save(out, "JPEG", quality=QUALITY)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None
    return out.getvalue()
