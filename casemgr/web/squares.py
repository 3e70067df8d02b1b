"""Squares that a telephone photographs (QR), drawn as SVG."""

import io
from base64 import b64encode

import segno


def drawn(text: str, scale: int = 6) -> bytes:
    """The square of a text, black on white, as an SVG file."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=scale, border=3, xmldecl=False, light="#fff")
    return out.getvalue()


def as_address(text: str, scale: int = 6) -> str:
    """The same as the address of a picture that stands in the page itself."""
    return f"data:image/svg+xml;base64,{b64encode(drawn(text, scale)).decode()}"
