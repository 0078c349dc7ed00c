"""WARC: captures as the web archives' own files keep them. The only file that knows warcio."""
