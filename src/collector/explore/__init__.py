"""The archive as people look at it: Datasette's plugin, and the server that ``collector explore`` starts.

``hooks`` is what Datasette finds (by ``config/datasette/plugins/``); the pages are in ``home``, ``bulletins`` and
``raw``, with ``marking``, ``differences`` and ``snippets`` for their texts; ``protection`` guards what is served;
``bundle`` makes Datasette's metadata. Reads the archive, never writes. The extra ``explore`` brings Datasette.
"""
