"""Bodies as editors paste them: Word's markup, entities, NBSP indentation, words cut by spans.

Each paste is drawn from the article's id, so that a page looks the same every time it is asked for. Every quirk was
met on real pages; none changes what a reader sees.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from html import escape
from html.entities import codepoint2name
from itertools import groupby

from collector.demo.composing import Block


class Paste(StrEnum):
    """Where the text of a body came from."""

    WORD = "word"  #: MsoNormal paragraphs with <o:p>, spans and NBSP
    EDITOR = "editor"  #: the portal's own editor: justified paragraphs, Latin-1 letters as entities
    BREAKS = "breaks"  #: one block, paragraphs apart by <br/><br/>, no lead set apart
    MAC = "mac"  #: Word's markup with decomposed letters (NFD)
    PDF = "pdf"  #: copied from a PDF: the look-alikes Ð (U+00D0) and ƣ (U+01A3), soft hyphens


_WORD_COMMENT = (
    "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View><w:Zoom>0</w:Zoom>"
    "<w:LidThemeOther>VI</w:LidThemeOther></w:WordDocument></xml><![endif]-->"
)
_STYLE = 'style="margin-bottom: 6pt; text-align: justify; text-indent: 0.5in; line-height: 130%;"'
_FONT = "font-size: 14pt; font-family: &quot;Times New Roman&quot;,&quot;serif&quot;;"


def paste_of(number: int) -> Paste:
    """Tell which kind of paste the article with this id is: half of them Word's."""
    kinds = (Paste.WORD, Paste.EDITOR, Paste.WORD, Paste.BREAKS, Paste.WORD, Paste.MAC, Paste.EDITOR, Paste.WORD)
    return Paste.PDF if number % 41 == 0 else kinds[number % 8]


def has_lead_style(number: int) -> bool:
    """Whether this article's markup can set a lead apart at all."""
    return paste_of(number) is not Paste.BREAKS


def set_body(number: int, blocks: tuple[Block, ...], *, lead: bool, picture: str | None, byline: str | None) -> str:
    """Set a body in HTML; ``picture`` is the address of the picture whose caption is the second block."""
    rng = random.Random(number)  # noqa: S311 - a reproducible draw, no secret
    paste = paste_of(number)
    setter = _Setter(paste, rng)
    parts = [_WORD_COMMENT] if paste in {Paste.WORD, Paste.MAC} else []
    for is_table, run in groupby(enumerate(blocks), key=lambda item: isinstance(item[1], tuple)):
        if is_table:
            parts.append(setter.table([block for _, block in run if isinstance(block, tuple)]))
            continue
        for place, text in run:
            assert isinstance(text, str)
            if picture is not None and place == 1:
                parts.append(setter.picture(picture, text))
            else:
                parts.append(setter.paragraph(text, lead=lead and place == 0 and has_lead_style(number)))
    if paste is Paste.BREAKS:
        parts = ["<div>" + "<br />\n<br />\n".join(parts) + "</div>"]
    if byline is not None:
        parts.append(setter.byline(byline))
    empty = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>' if paste in {Paste.WORD, Paste.MAC} else "<p>&nbsp;</p>"
    return "\n".join([*parts, empty])


class _Setter:
    def __init__(self, paste: Paste, rng: random.Random) -> None:
        self._paste = paste
        self._rng = rng

    def paragraph(self, text: str, *, lead: bool) -> str:
        inner = self._inline(text)
        indent = "&nbsp; &nbsp; &nbsp;" if self._rng.random() < 0.6 else ""  # noqa: PLR2004
        if lead:
            inner = f"<strong>{inner}</strong>"
        match self._paste:
            case Paste.BREAKS:
                return indent + inner
            case Paste.EDITOR:
                mark = "\ufeff" if self._rng.random() < 0.1 else ""  # a byte-order mark that came along  # noqa: PLR2004
                return f'<p style="text-align: justify;">{mark}{"" if lead else indent}{inner}</p>'
            case Paste.PDF:
                return f'<p><font face="Times New Roman" size="4">{inner}</font></p>' if not lead else f"<p>{inner}</p>"
            case _:
                # A lead stays directly under its paragraph: seen as "p > strong".
                body = inner if lead else f'<span lang="VI" style="{_FONT}">{indent}{inner}<o:p></o:p></span>'
                return f'<p class="MsoNormal" {_STYLE}>{body}</p>'

    def picture(self, address: str, caption: str) -> str:
        image = f'<img alt="{escape(caption)}" src="{escape(address)}" style="width: 500px; height: 333px;" />'
        if self._paste is Paste.BREAKS:
            return f"{image}<br />\n{self._inline(caption)}"
        return f'<p style="text-align: center;">{image}</p>\n<p style="text-align: center;">{self._inline(caption)}</p>'

    def table(self, rows: list[tuple[str, ...]]) -> str:
        lines = []
        for place, row in enumerate(rows):
            cells = [f"<b>{self._letters(cell)}</b>" if place == 0 else self._letters(cell) for cell in row]
            if self._paste in {Paste.WORD, Paste.MAC}:
                cells = [f'<p class="MsoNormal" align="center">{cell}<o:p></o:p></p>' for cell in cells]
            lines.append("<tr>" + "".join(f'<td valign="top">\n{cell}\n</td>' for cell in cells) + "</tr>")
        grid = '<table class="MsoTableGrid" border="1" cellspacing="0" cellpadding="0">'
        return "\n".join([grid, "<tbody>", *lines, "</tbody>", "</table>"])

    def byline(self, text: str) -> str:
        return f'<p style="text-align: right;"><strong>{self._letters(text)}</strong></p>'

    def _inline(self, text: str) -> str:
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[str]:
        """Words, some cut in two by a span, some spaces as line breaks of the source or as NBSP."""
        for place, word in enumerate(text.split(" ")):
            if place:
                draw = self._rng.random()
                yield "\n" if draw < 0.04 else "&nbsp;" if draw < 0.06 else " "  # noqa: PLR2004
            cut = self._paste in {Paste.WORD, Paste.MAC} and len(word) > 1 and self._rng.random() < 0.05  # noqa: PLR2004
            if cut:
                yield f'<span style="letter-spacing: -0.2pt;">{self._letters(word[:1])}</span>{self._letters(word[1:])}'
            elif self._paste is Paste.PDF and len(word) > 4 and word.isalpha() and self._rng.random() < 0.05:  # noqa: PLR2004
                yield f"{self._letters(word[:2])}&shy;{self._letters(word[2:])}"
            else:
                yield self._letters(word)

    def _letters(self, text: str) -> str:
        match self._paste:
            case Paste.MAC:
                return escape(unicodedata.normalize("NFD", text))
            case Paste.PDF:
                return escape(text.replace("Đ", "\u00d0").replace("ư", "\u01a3"))
            case Paste.EDITOR:
                return "".join(_entity(letter) for letter in text)
            case _:
                return escape(text)


def _entity(letter: str) -> str:
    """Write Latin-1 letters and signs as CKEditor does: ``ê`` is ``&ecirc;``, ``ế`` stays."""
    name = codepoint2name.get(ord(letter))
    return letter if name is None or letter == "'" else f"&{name};"
