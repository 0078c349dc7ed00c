"""Keeps the bulletins of provincial portals in a SQLite archive, word for word, with proof."""

from importlib.metadata import version

__version__ = version("collector")
