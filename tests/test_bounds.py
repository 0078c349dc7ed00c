"""What parsing a page costs is bounded before it is parsed, and no page can talk the bound down."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from collector.bounds import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, nesting, too_much
from collector.dom import parse
from collector.errors import PageTooDeep
from collector.portal.footer import read_publisher

#: 5 MB in base64.
PICTURE = b"data:image/png;base64," + b"iVBORw0KGgo" * 450_000
PAGES = sorted((Path(__file__).parent / "pages").glob("*/*.html"))

HOSTILE = {
    "nested": b"<div>" * 60_000,
    "closed as only drawings are": b"<div/>" * 60_000,
    "closed by another name": b"<div></x>" * 60_000,
    "closed in an attribute": b'<div a="</div>">' * 20_000,
    "closed in a comment": b"<div><!--</div>-->" * 20_000,
    "closed in a comment of another kind": b"<div><!x </div>" * 20_000,
    "closed in a script": b"<div><script></div></script>" * 20_000,
    "closed in a cell": b"<div><table><td></div>" * 20_000,
    "closed in a drawing's text": b"<svg><g><![CDATA[></g>]]>" * 20_000,
    "opened behind an open quote": b'<textarea><a b="</textarea>' + b"<div>" * 30_000,
    "drawings that are none": b"<svg><p>" + b"<path/>" * 30_000,
    "void only outside of drawings": b"<svg>" + b"<link>" * 30_000,
    "rows in a drawing": b"<math>" + b"<tr>" * 30_000,
    "blocks in a drawing": b"<svg>" + b"<div/>" * 30_000,
    "unclosed formatting": b"<p>" + b"".join(b"<font a%d>" % n for n in range(300)) + b"</p>" + b"<p>x</p>" * 2_000,
    "unclosed formatting that looks alike": b"<p>"
    + b"".join(b'<b x=a" c=">%d">' % n for n in range(300))
    + b"</p>"
    + b"<p>x</p>" * 2_000,
    "tables": b"<table><tr><td>" * 10_000,
    "lists": b"<ul><li>" * 10_000,
    "a million attributes": b"<p " + b"a " * 1_000_000 + b">",
    "attributes that hold a bracket": b"<p" + b' a=">"' * 100_000 + b">",
    "attributes without a space": b"<p " + b'a="1"' * 100_000 + b">",
    "tags in one name": b"<a" * 50_000 + b"x" * 1_000_000,
    "tags in one value": b"<a b=" * 50_000 + b"x" * 1_000_000,
    "tags in one quoted value": b"<a b='" + b"<a " * 50_000 + b'c="' + b"x" * 1_000_000,
    "attributes of all": (b"<p " + b" ".join(b"a%d" % n for n in range(190)) + b">") * 2_000,
    "attributes behind brackets": (b"<p a='<'" + b" b='>' c=\"<\"" * 90 + b">") * 2_000,
    "tags": b"<p>x" * (MAX_TAGS + 1),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_page_that_would_take_minutes_or_gigabytes_is_not_parsed(body: bytes) -> None:
    with pytest.raises(PageTooDeep):
        parse(body)


ODD_BUT_GOOD = {
    "thousands of paragraphs never closed": b"<p>tin" * 20_000,
    "a long list never closed": b"<ul>" + b"<li>tin" * 20_000,
    "a table of a thousand rows, half closed": b"<table>" + b"<tr><td>1<td><p>2</td><td><b>3</b>" * 6_000 + b"</table>",
    "a drawing of thousands of lines": b"<svg><g>" + b"<path d='M 1 2'/>" * 20_000 + b"</g></svg>",
    "commented out": b"<!-- <b>x</b> --><div><p>tin</div>" * 7_000,
    "scripts": b"<script>if (a < b) { x('p') }</script>" * 7_000,
    "a few bold words never closed": b"<b>" * 5 + b"<p>tin</p>" * 10_000,
    "many attributes": b"<p " + b"a " * MAX_ATTRIBUTES + b">tin",
    "a long hidden field": b"<input value='" + b"/wEPDw= a " * 100_000 + b"'>tin",
    "brackets": b"<" * 1_000_000,
    "a long line": b"tin tuc " * 100_000,
}


@pytest.mark.parametrize("body", ODD_BUT_GOOD.values(), ids=ODD_BUT_GOOD.keys())
def test_a_careless_page_is_parsed(body: bytes) -> None:
    assert too_much(body) is None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_real_pages_are_far_from_every_bound(path: Path) -> None:
    text = path.read_bytes()
    assert too_much(text) is None
    depth, loose = nesting(text)
    assert depth < MAX_DEPTH / 20
    assert loose == []


PIECES = (
    "<div>|</div>|<p>|</p>|<span>|</span>|<table>|<tr>|<td>|</td>|</tr>|</table>|<ul>|<li>|</li>|</ul>|<h1>|</h1>|<!--|-->|"
    "<script>|</script>|<textarea>|</textarea>|<svg>|<g>|<g/>|<path/>|</g>|</svg>|<div/>|<x/>|</x>|<div a=\"|\">|'|<a '|>|"
    "<![CDATA[|]]>|<!x|<?y|</ z|tin|<select>|<option>|</select>|<template>|</template>|<title>|</title>|<desc>|<link>|<br>|"
    "<foreignObject>|<math>|<mi>|</math>|<form>|</form>|<button>|</button>|<object>|</object>|</body>|<body>|<frameset>|"
    "<noscript>|</noscript>|<style>|</style>|<caption>|<colgroup>|<dd>|<dt>|</dd>|--!>|<!-->|<iframe>|</iframe>|</"
).split("|")


def depth_of(root: LexborNode | None) -> int:
    deepest, stack = 0, [(root, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + 1) for child in (node.iter() if node is not None else ())]
    return deepest


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_the_bound_of_the_nesting_holds_for_any_soup_of_tags(pieces: list[str]) -> None:
    """A table's cell stands in three elements that need no tags; so do the page's own head and body."""
    soup = "".join(pieces).encode() * 60
    assert depth_of(LexborHTMLParser(soup).root) <= 4 + 3 * nesting(soup)[0]


FORMATTING = (
    "<b>|</b>|<font a>|</font>|<i/>|<a x>|</a>|<b b='|<b c=1>|<nobr>|</nobr>|<tt>|<em>|</em>|<u>|<code d>".split("|")
)


@given(st.lists(st.sampled_from(PIECES + FORMATTING * 5), min_size=1, max_size=14))
def test_the_bound_of_the_elements_holds_for_any_soup_of_tags(pieces: list[str]) -> None:
    soup = "".join(pieces).encode() * 40
    made = len(LexborHTMLParser(soup).css("*"))
    tags = soup.count(b"<")
    alike = {tag: min(nesting(soup)[1].count(tag), 3) for tag in nesting(soup)[1]}
    assert made <= 4 + 3 * tags * (2 + sum(alike.values()))


def test_a_page_that_carries_its_pictures_inside_is_read() -> None:
    page = b"<html><p>Tr\xc6\xb0\xe1\xbb\x9bc</p><img src='" + PICTURE + b"'><p>Sau</p><img src=\"" + PICTURE + b'">'
    assert parse(page).readable() == "Trước\nSau"
    with pytest.raises(PageTooDeep, match="without pictures"):
        parse(page + b"x " * 2_000_000)


@pytest.mark.parametrize("filler", ["a", "a.", "1 ", "điện thoại: ", "cơ quan chủ quản: ", "- ", "@", "ghi rõ nguồn: "])
def test_a_footer_of_any_length_is_read_in_time_that_grows_with_it(filler: str) -> None:
    """Whoever makes it quadratic again waits here for minutes."""
    text = f"<p>Cơ quan chủ quản: UBND tỉnh</p><p>E-mail: {filler * (400_000 // len(filler))}</p><p>Điện thoại: 0299 3822 339</p>"
    found = read_publisher(parse(f"<html><body>{text}</body></html>".encode()))
    assert found is not None
    assert found.phone is not None
