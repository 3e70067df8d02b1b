"""Chance for the demo: the same every time it is built as of the same day."""

import random


def dice(seed: int | str) -> random.Random:
    """A generator of its own for a seed. Nothing secret is made with it."""
    return random.Random(seed)  # noqa: S311
