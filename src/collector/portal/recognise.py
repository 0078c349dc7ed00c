"""What a response is, whatever its status says: content wins over words that only sound like an error."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from collector.dom import Document
from collector.model import Page, PageKind
from collector.portal.identity import source_id
from collector.profile import Profile

#: A page that says "not found" or "maintenance" says little else; a bulletin that mentions it says more.
_SHORT = 1_500
_NOTICE = 300

_SERVER_ERROR = re.compile(
    r"Server Error in '[^']*' Application|Runtime Error|Lỗi máy chủ trong ứng dụng", re.IGNORECASE
)
_ERROR_URL = re.compile(r"aspxerrorpath=|GenericError", re.IGNORECASE)
_MISSING_URL = re.compile(r"PageNotFoundError|/404(?:\.\w+)?(?:$|\?)|errors?/not-?found", re.IGNORECASE)
_MISSING = re.compile(
    r"không\s+tìm\s+thấy\s+(?:trang|bài|tin|nội dung|đường dẫn|dữ liệu)|"
    r"(?:trang|bài viết|tin bài|bản tin|nội dung|đường dẫn)[^.\n]{0,40}\s"
    r"(?:không\s+(?:còn\s+)?tồn\s+tại|đã\s+bị\s+(?:xóa|xoá|gỡ))|"
    r"page\s+(?:was\s+)?not\s+found|(?:error|lỗi)\s*:?\s*404|404\s*[-–:]?\s*(?:not found|không tìm thấy|error|lỗi)",
    re.IGNORECASE,
)
_MAINTENANCE = re.compile(
    r"(?:đang|tạm|được)\s+(?:trong\s+(?:quá\s+trình|thời\s+gian)\s+)?(?:bảo\s+trì|bảo\s+dưỡng|nâng\s+cấp)|"
    r"tạm\s+(?:ngừng|dừng|ngưng)\s+(?:hoạt\s+động|phục\s+vụ|truy\s+cập)|under\s+maintenance|down\s+for\s+maintenance|"
    r"(?:website|trang|hệ thống|cổng)[^.\n]{0,60}\s(?:bảo\s+trì|nâng\s+cấp)",
    re.IGNORECASE,
)
#: What firewalls and bot filters leave in their pages: Cloudflare, Imperva, F5, Akamai, Sucuri, and the cookie that
#: scripts of Vietnamese hosters set before they reload.
_WAF = re.compile(
    rb"cf-browser-verification|cf_chl_|challenge-platform|/cdn-cgi/challenge|Attention Required! \| Cloudflare|"
    rb"_Incapsula_Resource|Incapsula incident ID|The requested URL was rejected|"
    rb"Your support ID is|errors\.edgesuite\.net|Sucuri WebSite Firewall|"
    rb"document\.cookie\s*=\s*[\"'](?:D1N|D2N|__test)=|"
    rb"<title>\s*(?:Just a moment|Access Denied|Request Rejected|403 Forbidden|Bot Verification)",
    re.IGNORECASE,
)
#: What is said to somebody who has to log in, come again, or prove to be no robot.
_ASKED = re.compile(
    r"(?:vui lòng|phải|cần|hãy|yêu cầu|xin)\s+(?:quý\s+\w+\s+)?đăng\s*nhập|"
    r"phiên\s+(?:làm\s+việc|đăng\s+nhập)[^.]{0,20}hết|"
    r"không\s+có\s+quyền\s+(?:truy\s+cập|xem)|quyền\s+truy\s+cập\s+bị|bật\s+javascript|captcha|"
    r"không\s+phải\s+(?:là\s+)?(?:robot|người\s+máy)|(?:đã\s+)?xảy\s+ra\s+lỗi|lỗi\s+(?:hệ\s+thống|máy\s+chủ)|"
    r"thử\s+lại\s+sau|quay\s+lại\s+sau|truy\s+cập\s+sau",
    re.IGNORECASE,
)
#: What is out of order, named with it: roads and waterworks are "nâng cấp" every day.
_OUT_OF_ORDER = re.compile(
    r"(?:website|trang\s+(?:thông\s+tin|tin|web|điện\s+tử)|cổng\s+(?:thông\s+tin|dịch\s+vụ|giao\s+tiếp|điện\s+tử)|"
    r"hệ\s+thống\s+(?:thông\s+tin|phần\s+mềm|máy\s+chủ|mạng|website)|phần\s+mềm|máy\s+chủ)"
    r"[^.\n]{0,60}\s(?:bảo\s+trì|bảo\s+dưỡng|nâng\s+cấp|gián\s+đoạn|tạm\s+(?:ngừng|dừng|ngưng))|"
    r"tạm\s+(?:ngừng|dừng|ngưng)\s+(?:phục\s+vụ|truy\s+cập)",
    re.IGNORECASE,
)
_LOGIN_URL = re.compile(
    r"/(?:dang-?nhap|log-?in|sign-?in|account/login|_layouts/\d*/?authenticate)\b|[?&]ReturnUrl=", re.IGNORECASE
)


def recognise(page: Page, document: Document | None, profile: Profile, *, content: bool) -> tuple[PageKind, str]:
    """Return what a page is, and by which mark.

    ``content`` says that the required fields fill: then no word of the text makes it another kind, unless hardly
    anything else is said.
    """
    if page.status != 200:  # noqa: PLR2004
        return _by_status(page.status)
    if document is None:
        return PageKind.FOREIGN, f"no HTML: {page.headers.get('content-type') or 'no content type'}"
    found = _by_address(page, profile) or _by_words(page, document, content=content)
    if found is not None:
        return found
    if content:
        return PageKind.CONTENT, "the required fields fill"
    marks = [mark for mark in profile.recognise.marks if document.every(mark)]
    if profile.recognise.marks and len(marks) < profile.recognise.needed:
        return PageKind.FOREIGN, f"only {len(marks)} of the family's marks are on the page"
    return PageKind.CONTENT, f"marks of the family: {', '.join(marks)}" if marks else "HTML"


def _by_status(status: int) -> tuple[PageKind, str]:
    if status == 304:  # noqa: PLR2004
        return PageKind.NOT_MODIFIED, "status 304, the answer to a condition that was not sent"
    if status in {404, 410}:
        return PageKind.GONE, f"status {status}"
    if status in {401, 407}:
        return PageKind.LOGIN, f"status {status}"
    if status in {403, 429, 451}:
        return PageKind.WAF, f"status {status}"
    return PageKind.ERROR, f"status {status}"


def _by_address(page: Page, profile: Profile) -> tuple[PageKind, str] | None:
    if _MISSING_URL.search(page.final_url) and not _MISSING_URL.search(page.url):
        return PageKind.SOFT_404, f"it led to {page.final_url}"
    if _ERROR_URL.search(page.final_url):
        return PageKind.ERROR, f"it led to {page.final_url}"
    if page.redirects and _LOGIN_URL.search(page.final_url):
        return PageKind.LOGIN, f"it led to {page.final_url}"
    if page.redirects and source_id(page.url, profile) is not None and is_home(page.final_url, profile):
        return PageKind.HOME, "it led to the home page"
    return None


def _by_words(page: Page, document: Document, *, content: bool) -> tuple[PageKind, str] | None:
    headings = [node.text for node in [*document.every("h1"), *document.every("h2")]]
    title = "\n".join([document.title, *headings])
    server_error = PageKind.ERROR, "an ASP.NET error page with status 200"
    if _SERVER_ERROR.search(title):
        return server_error
    if content:
        return None  # before the whole page's text is gathered: a third of what reading a bulletin costs
    text = document.readable()
    if _SERVER_ERROR.search(text[:_SHORT]):
        return server_error
    if mark := _WAF.search(page.body):
        return PageKind.WAF, f"a firewall's mark: {mark.group().decode('ascii', 'replace')[:60]}"
    # Without its menus an error page is short; with them its title or a heading says it.
    said = text if len(text) <= _SHORT else title
    if missing := _MISSING.search(said) or _MISSING.search(_lonely(text)):
        return PageKind.SOFT_404, f"it says {missing.group()!r}"
    if down := _MAINTENANCE.search(said):
        return PageKind.MAINTENANCE, f"it says {down.group()!r}"
    if any(node.attr("type").lower() == "password" for node in document.every("input")):
        return PageKind.LOGIN, "a password is asked for"
    return None


def _lonely(text: str) -> str:
    """Return the short lines of a page: the sentence that says "not found" stands alone among the menus."""
    return "\n".join(line for line in text.split("\n") if len(line) <= 120)  # noqa: PLR2004


def says_missing(text: str) -> bool:
    """Say whether a text is a "not found" and nothing else: some portals put it where the bulletin would stand."""
    return len(text) <= _NOTICE and bool(_MISSING.search(text))


def sounds_like_a_notice(title: str, text: str) -> bool:
    """Say whether a page that no selector recognised speaks of itself: errors, maintenance, logins.

    Asked of texts that only the fallback found. A short bulletin about a system's maintenance is refused with them.
    """
    said = title if len(text) > _SHORT else f"{title}\n{text}"
    return any(words.search(said) for words in (_SERVER_ERROR, _MISSING, _OUT_OF_ORDER, _ASKED))


def is_home(url: str, profile: Profile) -> bool:
    """Say whether an address is the portal's home page: no path, or the base's own with at most a site's name."""
    parts, base = urlsplit(url), urlsplit(profile.base_url)
    path = parts.path.rstrip("/").lower()
    if path not in {"", base.path.rstrip("/").lower(), "/default.aspx", "/index.aspx", "/index.html", "/index.php",
                    "/home", "/trang-chu", "/pages/default.aspx"}:  # fmt: skip
        return False
    names = {name.lower() for name, _ in parse_qsl(parts.query)}
    return not names & {"id", "catid", "itemid", "newsid", "articleid"}
