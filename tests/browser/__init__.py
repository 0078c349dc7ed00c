"""Tests in a browser: `pytest -m browser`."""
