"""Modules that few requests need, such as libraries of Office files: loaded by whoever asks for something of them first, so that a
process that never does stays small. What is loaded later is imported under TYPE_CHECKING besides, so that types, layers and
homes of libraries are checked as ever.
"""

from importlib import import_module
from typing import Any


class Later:
    """A module that is not there until something of it is asked for."""

    def __init__(self, name: str) -> None:
        """The full name of the module."""
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
