"""What portals send instead of their pages: torn, endless, hostile, or another page behind a 200."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

from collector.demo import pages
from collector.demo.loopback import Request, Response
from fault_bench import MARK, Bench, Spoil, sent
from faulty_portal import Answer

Which = Callable[[Request], bool]
#: Which requests are spoiled, and how: made when the fault begins, because some look at the portal as it is then.
Fault = Callable[[Bench], Spoil]
_HTML = ("Content-Type", "text/html; charset=utf-8")


def html(text: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    return Response(status, text.encode(), (_HTML, *headers))


def page(title: str, body: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    """A whole page that is no content; its mark must never be found in the archive's texts."""
    return html(
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}<p>{MARK}</p></body></html>",
        status,
        *headers,
    )


LOGIN = page("Đăng nhập", "<form><input name='ten'><input type='password' name='mk'><button>Đăng nhập</button></form>")
MAINTENANCE = page("Thông báo", "<h1>Hệ thống đang bảo trì, mời quý vị quay lại sau</h1>")
FIREWALL = page("Request Rejected", "The requested URL was rejected. Your support ID is: 1172")
ASP_NET = html(pages.server_error(f"Timeout expired. {MARK}"))
FORBIDDEN = page("Từ chối", "<h1>403 - Forbidden: Access is denied.</h1>", 403)
NOTHING = html("")
JSON = Response(200, b'{"error": null, "data": []}', (("Content-Type", "application/json"),))
#: A page of the house with its menus, and in their middle neither a list nor a bulletin.
CRASHED_MODULE = page("Cổng thông tin", "<div class='ListItem'></div><div class='DateCreate'></div><b>Lỗi hiển thị</b>")


def instead(which: Which, answer: Response | bytes) -> Fault:
    """Send ``answer`` where ``which`` says so."""
    return lambda bench: lambda request: answer if which(request) else None


def once(which: Which, fault: Fault) -> Fault:
    """Spoil only the first request of this kind."""

    def begin(bench: Bench) -> Spoil:
        spoil = fault(bench)
        met: list[Request] = []

        def first(request: Request) -> Response | Answer | None:
            if not which(request) or met:
                return None
            met.append(request)
            return spoil(request)

        return first

    return begin


def rewritten(which: Which, change: Callable[[str], str]) -> Fault:
    """Send the portal's own page with its text changed."""
    return rebuilt(which, lambda answer: Response(answer.status, change(answer.body.decode()).encode(), answer.headers))


def rebuilt(which: Which, change: Callable[[Response], Response | bytes]) -> Fault:
    """Send the portal's own answer, changed; other answers than 200 are left as they are."""

    def begin(bench: Bench) -> Spoil:
        def spoil(request: Request) -> Response | bytes | None:
            if not which(request):
                return None
            answer = bench.portal.untouched = bench.portal.replica.respond(request)
            return change(answer) if answer.status == 200 else answer

        return spoil

    return begin


def _headed(answer: Response, *lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", *lines]).encode() + b"\r\n\r\n"


def cut_off(answer: Response) -> bytes:
    """Promise the whole body and close in its middle."""
    whole = sent(answer)
    return whole[: -len(answer.body) // 2]


def broken_chunks(answer: Response) -> bytes:
    """A chunk, and then bytes that are no chunk."""
    half = answer.body[: len(answer.body) // 2]
    return _headed(answer, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\nkhong phai so\r\n" % (len(half), half)


def unfinished_chunks(answer: Response) -> bytes:
    """Chunks without the last, empty one."""
    half = answer.body[: len(answer.body) // 2]
    return _headed(answer, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (len(half), half)


def without_length(answer: Response) -> bytes:
    """No length, no chunks, and the connection ends in the middle of the page."""
    return _headed(answer, "Connection: close") + answer.body[: len(answer.body) // 2]


def torn_gzip(answer: Response) -> bytes:
    packed = gzip.compress(answer.body)
    packed = packed[: len(packed) // 2]
    return _headed(answer, "Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed


def half_rendered(answer: Response) -> Response:
    """The portal gave up in the middle of the bulletin, and its length agrees with what it sent."""
    place = answer.body.index(b'<div class="ArticleContent">')
    return Response(200, answer.body[: place + 1_200], answer.headers)


def half_rendered_with_error(answer: Response) -> Response:
    """The same, and behind it the error that stopped it."""
    half = half_rendered(answer)
    return Response(200, half.body + pages.server_error("Timeout expired.").encode(), half.headers)


def half_a_list(answer: Response) -> Response:
    place = answer.body.index(b'<ul class="ArticleList">')
    return Response(200, answer.body[: place + 900], answer.headers)


def untyped(answer: Response) -> Response:
    return Response(200, answer.body, answer.headers[1:])


def mistyped(answer: Response) -> Response:
    return Response(200, answer.body, (*answer.headers[1:], ("Content-Type", "text/plain")))


def huge(answer: Response) -> Response:
    """The page, and behind its content four hundred thousand spaces."""
    return Response(200, answer.body.replace(b"</body>", b" " * 400_000 + b"</body>"), answer.headers)


def bomb(answer: Response) -> bytes:
    """Some fifty kilobytes that unfold into fifty million."""
    packed = gzip.compress(answer.body + b" " * 50_000_000, compresslevel=9)
    return _headed(answer, "Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed


def deep(text: str) -> str:
    """Nest the bulletin ten thousand elements deep."""
    return text.replace('<div class="ArticleContent">', '<div class="ArticleContent">' + "<div>" * 10_000)


def hostile(text: str) -> str:
    """Put into the bulletin what an intruder would, none of which is a word of it."""
    evil = (
        "<script>document.title='x'</script><style>p{display:none}</style>"
        "<iframe src='https://evil.example/'>x</iframe><img src='javascript:alert(1)'>"
        "<a href='javascript:alert(1)'></a><a href='data:text/html,x.pdf'></a><object data='x.pdf'></object>"
    )
    return text.replace('<div class="ArticleContent">', f'<div class="ArticleContent">{evil}')


def hostile_links(text: str) -> str:
    """List entries that lead nowhere a collector may go."""
    entries = "".join(
        f"<li><a href='{href}'>{MARK}</a></li>"
        for href in ("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd")
    )
    return text.replace('<ul class="ArticleList">', f'<ul class="ArticleList">{entries}')


def no_list(text: str) -> str:
    """Take the list away, its container too."""
    return re.sub(r'<ul class="ArticleList">.*?</ul>', "", text, flags=re.DOTALL)


def empty_list(text: str) -> str:
    """Leave the list's container, empty, and no pager."""
    text = re.sub(r'<ul class="ArticleList">.*?</ul>', '<ul class="ArticleList"></ul>', text, flags=re.DOTALL)
    return re.sub(r'<div class="ButtonPage">.*?</div>', "", text, flags=re.DOTALL)


def no_bulletin(text: str) -> str:
    """Take title, date and body away: what a template that was rebuilt overnight leaves to its scripts."""
    return re.sub(
        r'<div class="(?:ArticleDetail)">.*?(?=<div id="ctl00_ContentPlaceHolder1)',
        '<div id="ung-dung"></div>',
        text,
        flags=re.DOTALL,
    )


def twice(text: str) -> str:
    """Repeat every entry of the list."""
    return re.sub(r'(<ul class="ArticleList">)(.*?)(</ul>)', r"\1\2\2\3", text, flags=re.DOTALL)


def no_counter(text: str) -> str:
    return re.sub(r'<ul class="Statistic">.*?</ul>', "", text, flags=re.DOTALL)


def promise_more(text: str) -> str:
    """Show a further page number that leads nowhere."""
    return re.sub(r'(<div class="ButtonPage">.*?)</div>', r'\1<a class="PageNumber">9</a></div>', text, flags=re.DOTALL)
