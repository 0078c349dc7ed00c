"""Hands the pages to Datasette: the code is in the package ``collector``, which must be installed beside it."""

from collector.explore.hooks import *  # noqa: F403
