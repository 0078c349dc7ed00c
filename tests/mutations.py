"""Mutations of real pages and what hostile ones are made of: ``fuzzing`` feeds them to the readers."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

HREFS = (
    "javascript:alert(1)|data:text/html,x|//|///|http://|http://[::1|http://[::1]/|http://[v1.x]/|https://a:b@c:99999/|"
    "http://127.1/|http://0x7f.1/|http://2130706433/|http://[::ffff:10.0.0.1]/|file:///etc/passwd|?id=|?id=%|#|%|"
    "http://vpub.soctrang.gov.vn:80:80/|http://\u2488.com/|http://xn--/|http://ｅｘａｍｐｌｅ.vn/|\\\\vpub\\a|/../../..//|"
    "/a/1/2/3/99999999999999999999/b/c.aspx|mailto:a@b|\x00|http://a\u202e.vn/|http://%31/|http://a..b/|HTTP:////x|"
    "?page=99999999999|?page=٣|?page=-1|/٣/٣/٣/٣/a/b|http:///x|http://[fe80::1%25eth0]/|http://a b/|//[|http://１２７.0.0.1/"
).split("|")
DATES = (
    "31/02/2024|00/00/0000|01/01/0001|29/02/2023|32/13/2024|99/99/9999|1/1/99999|2024-02-30T25:61|24/12/2024 24:00|"
    "12/12/2024 12:60 CH|٠١/٠١/٢٠٢٤|１/１/２０２４|31 tháng 6 năm 2024|0 tháng 0 năm 2024|08/01/2024 | 16:20 PM|²/²/2024"
).split("|")
_NUMBERS = (
    "9" * 400,
    "-1",
    "1e999",
    "0x10",
    "1.000.000.000.000.000",
    "٤٥",
    "²",
    "NaN",
    "1.0.0.0",
    "00000000000000000001",
)
ENTITIES = "&#0;|&#x110000;|&#xD800;|&#99999999999;|&;|&#;|&amp|&notin;|&#x;|&nbsp;|&#8203;|&lt;script&gt;|&#13;".split(
    "|"
)
TAGS = (
    "<div>|</div>|<table>|<tr>|<td>|</table>|<p>|</p>|<b>|<a href=x>|</a>|<script>|</script>|<!--|-->|<svg>|</svg>|<base href=//x>|"
    "<form>|<input type=hidden name=a value=b>|<ul class=ArticleList>|<li>|<div class=ArticleContent>|<h1>|<select>|<template>|"
    "<textarea>|<title>|<style>|<frameset>|<plaintext>|<![CDATA[|<body hidden>|<pre>|<br>|<img src=//x>|<meta charset=utf-7>|"
    "<meta charset=hex>|<html>|</html>|</body>|<a class=ButtonPage href=\"javascript:__doPostBack('a','b')\">2</a>|<math><mi>|"
    "<span style='display:none'>|<span class='ArticleTitle'>|<noscript>|<iframe>|<object>|</form>|<a>...</a>|<div/>"
).split("|")
_INVISIBLE = "\u200b\u200c\u200d\ufeff\u00ad\u2060\u202e\u0301\u0323\u00a0\u0000\u0085\u2028"
CHARSETS = (
    "utf-8|windows-1258|utf-16|hex|rot13|undefined|idna|x\x00|utf-7|iso-8859-1|unicode_escape|zlib|gb18030|".split("|")
)


def _flipped(data: bytes, chance: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randint(1, 30) if body else 0):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def _cut(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] if chance.random() < 0.7 else data[place:]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.randint(1, 2000))
    return data[:end] + data[start:end] * min(chance.choice((1, 2, 5, 50)), 100_000 // (end - start + 1)) + data[end:]


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randint(1, 6)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    chance.shuffle(pieces)
    return b"".join(pieces)


def _with(choices: tuple[str, ...] | list[str], most: int) -> Callable[[bytes, random.Random], bytes]:
    """Insert some of them here and there, sometimes one of them very often."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        for _ in range(chance.randint(1, most)):
            place = chance.randrange(len(data) + 1)
            times = chance.choice((1, 1, 1, 2, 200))
            data = data[:place] + chance.choice(choices).encode("utf-8", "surrogatepass") * times + data[place:]
        return data

    return mutate


def _replaced(kind: bytes, choices: tuple[str, ...] | list[str]) -> Callable[[bytes, random.Random], bytes]:
    """Put one of them where such a thing stood."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        pieces = data.split(kind)
        if len(pieces) < 2:
            return _with(choices, 3)(data, chance)
        place = chance.randrange(1, len(pieces))
        pieces[place] = chance.choice(choices).encode("utf-8", "surrogatepass") + pieces[place].lstrip(
            b"0123456789/:.-"
        )
        return kind.join(pieces)

    return mutate


def _attributes(data: bytes, chance: random.Random) -> bytes:
    place = data.find(b">", chance.randrange(len(data) + 1))
    bomb = b"".join(b" %b%d=%b" % (chance.choice((b"a", b"class", b"'", b'"', b"on\xff")), n, chance.choice((b"", b"'", b'"x"')))
                    for n in range(chance.choice((3, 30, 300))))  # fmt: skip
    return data[:place] + bomb + data[place:]


def _recoded(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    start = chance.randrange(len(text) + 1)
    end = start + chance.choice((20, 500, len(text)))
    middle = text[start:end].encode(
        chance.choice(("windows-1258", "utf-16", "utf-16-be", "latin-1", "utf-7")), "replace"
    )
    return text[:start].encode() + middle + text[end:].encode()


def _decomposed(data: bytes, chance: random.Random) -> bytes:
    return unicodedata.normalize(chance.choice(("NFD", "NFKD")), data.decode("utf-8", "replace")).encode()


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped,
    _cut,
    _repeated,
    _shuffled,
    _with(TAGS, 12),
    _with(ENTITIES, 8),
    _with(list(_INVISIBLE), 12),
    _with(list(_NUMBERS), 6),
    _with(DATES, 6),
    _replaced(b'href="', HREFS),
    _replaced(b">", DATES),
    _replaced(b": ", list(_NUMBERS)),
    _attributes,
    _recoded,
    _decomposed,
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data after one to five mutations; beyond 300 KB it is cut, so that inputs stay comparable."""
    for _ in range(chance.randint(1, 5)):
        data = chance.choice(_MUTATIONS)(data, chance)[:300_000]
    return data
