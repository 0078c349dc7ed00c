"""A portal whose bulletins try everything on whoever shows them: markup, schemes, formulas, directions, sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from collector.demo.loopback import Request, Response
from second_portal import Post, SecondPortal

#: None of these may be more than text wherever it is shown. The marks tell where an element or attribute came from.
TEXTS = (
    "<script>alert(1)</script>",
    '"><x-evil data-evil="1"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</script></title></textarea></style><x-evil>",
    "<a href=javascript:alert(1)>việc làm</a>",
    "{{7*7}}{% raw %}${7*7}",
    "=cmd|'/c calc'!A1",
    "+84 292 3823 456",
    "-2+3",
    "@SUM(1+1)",
    "＝1+1",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "an\u202egnp.exe\u202c \u2068đảo\u2069",
    "số\x00không\x07chuông",
    "]]><x-evil/><![CDATA[ &amp; &#0; &evil;",
    "http://[::1",
    "'); drop table articles; --",
)
#: Raw in the pages, beside the texts.
_MARKUP = (
    b"<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
    b'<iframe srcdoc="<script>alert(1)</script>"></iframe><p onclick="alert(1)" data-evil="1">b\xe1\xba\xa5m</p>'
    b'<a href="javascript:alert(1)">x</a><a href="data:text/html,x">x</a><a href="vbscript:x">x</a>'
    b'<form action="https://evil.example"><button formaction="javascript:alert(1)">x</button></form>'
)
MEGABYTE = 1_000_000
FIGURES = 5_000


class HostilePortal(SecondPortal):
    """Each post has one of the texts wherever a portal's editors type."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(count=len(TEXTS), crawl_delay=0, now=now)
        for number, text in zip(self._posts, TEXTS, strict=True):
            self._posts[number] = self._spoiled(self._posts[number], text)

    def edit_all(self) -> None:
        """Correct a figure and the title of every post."""
        for number, post in self._posts.items():
            paragraphs = tuple(line.replace("29.412", "29.500") for line in post.paragraphs)
            edited = replace(post, title=f"{post.title} 2", paragraphs=paragraphs, changed_at=self.now())
            self._posts[number] = edited

    @staticmethod
    def _spoiled(post: Post, text: str) -> Post:
        number = post.source_id
        return replace(
            post,
            title=text,
            lead=f"{text} việc làm",
            paragraphs=(text, f"Có 29.412 {text} người; {text}", *post.paragraphs[:1]),
            byline=text,
            file=(f"/tep/{number}/{number}.pdf", text),
        )

    def answer(self, request: Request) -> Response:
        answer = super().answer(request)
        return replace(
            answer, body=answer.body.replace(b'<div class="post-share">', _MARKUP + b'<div class="post-share">')
        )


class HugePortal(SecondPortal):
    """Three posts: a title of 1 MB, a paragraph of 1 MB, 5,000 figures in one sentence."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(count=3, crawl_delay=0, now=now)
        title, text, many = self._posts.values()
        self._posts[title.source_id] = replace(title, title="<x-evil> việc làm " * (MEGABYTE // 18))
        self._posts[text.source_id] = replace(text, paragraphs=("hộ nghèo <x-evil> " * (MEGABYTE // 18),))
        told = ", ".join(f"{number:,} lao động".replace(",", ".") for number in range(1_001, 1_001 + FIGURES))
        self._posts[many.source_id] = replace(many, paragraphs=(f"Giải quyết việc làm cho {told}.",))
