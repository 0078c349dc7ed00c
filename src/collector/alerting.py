"""Telling people: through the addresses that Apprise knows, in bounded time, without showing a password.

Apprise is the extra ``alerts``, and is imported when something is to be sent: a collector without addresses never
loads it (27 MB and 0.7 s).
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from collector.config import APPRISE
from collector.plan.incidents import Notice
from collector.plan.troubles import CAUSES

if TYPE_CHECKING:
    from apprise import AppriseAsset

#: Seconds for one sending. Apprise gives up a silent socket after 4 s, but a server that drips holds it for ever.
PATIENCE = 20.0

#: A host's name or number; the place of a host may as well hold a token (``tgram://TOKEN/CHAT``).
_HOST = re.compile(r"localhost|[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\]|([a-z0-9-]{1,63}\.)+[a-z]{2,15}")
#: Parts of an address shorter than that are no secrets, and would blank words of the message.
_SHORTEST_SECRET = 4

_KINDS = {
    "opened": ("Sự cố mới", "New incident"),
    "reminder": ("Sự cố chưa hết", "Still open"),
    "recovered": ("Đã hết sự cố, trước đó", "Over, it was"),
}
#: In Vietnamese what ``CAUSES`` says in English.
_VIETNAMESE: Mapping[str, str] = {
    "unreachable": "cổng không trả lời",
    "no_such_host": "tên miền của cổng không còn nữa",
    "resolver": "không hỏi được máy chủ tên miền",
    "blocked": "cổng từ chối, đòi đăng nhập hoặc đang bảo trì",
    "layout_changed": "trang của cổng đã đổi cấu trúc",
    "empty_listing": "danh mục trước có bài, nay trống",
    "truncated": "danh mục bị cắt trước trang cuối đã biết",
    "incomplete": "có bài trong danh mục mà không đọc được",
    "crashed": "lỗi của chương trình thu thập",
    "quiet": "lâu bất thường không có bài mới",
    "archive": "không ghi được vào kho lưu trữ",
    "clock": "đồng hồ của máy không đáng tin",
    "configuration": "cấu hình mới bị từ chối",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one sending to one address."""

    address: str  #: scheme and host: nothing that is secret
    error: str | None = None  #: None: it was taken


class Alerting:
    """Sends notices to every configured address; safe to be called from any thread."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        names: Mapping[str, str] | None = None,
        timezone: str = "Asia/Ho_Chi_Minh",
        patience: float = PATIENCE,
    ) -> None:
        """Take the addresses as Apprise has them.

        ``names``: of the portals, by id. ``timezone``: of the times that are told. ``patience``: seconds for a sending.
        """
        self._urls, self._names, self._zone, self._patience = tuple(urls), names or {}, ZoneInfo(timezone), patience
        self._guard = threading.Lock()
        self._under_way: dict[int, threading.Thread] = {}

    def __call__(self, notices: Sequence[Notice]) -> list[Delivery]:
        """Send notices as one message; no address, no delivery. Raises nothing."""
        return self.send(*composed(notices, names=self._names, zone=self._zone))

    def test(self, now: datetime) -> list[Delivery]:
        """Send a message that says that messages arrive."""
        at = now.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
        title = "[collector] Thử thông báo / Test notification"
        body = (
            f"Đây là tin thử, gửi lúc {at}. Sự cố sẽ được báo về địa chỉ này.\n"
            "This is a test. Incidents will be told to this address."
        )
        return self.send(title, body)

    def send(self, title: str, body: str) -> list[Delivery]:
        """Send plain text to every address at once, and wait for them no longer than the patience."""
        with self._guard:
            started = [self._started(number, title, body) for number in range(len(self._urls))]
            end = time.monotonic() + self._patience
            for _, thread, _ in started:
                if thread is not None:
                    thread.join(max(0.0, end - time.monotonic()))
        return [self._delivery(*one) for one in started]

    def _started(self, number: int, title: str, body: str) -> tuple[str, threading.Thread | None, list[str | None]]:
        """Start a sending in a thread of its own, which ends with the process however long it hangs."""
        url, errors = self._urls[number], list[str | None]()
        before = self._under_way.get(number)
        if before is not None and before.is_alive():
            return url, None, errors  # one thread an address: a server that hangs must not gather them
        thread = threading.Thread(
            target=lambda: errors.append(_sent(url, title, body)), name=f"alert-{number}", daemon=True
        )
        self._under_way[number] = thread
        thread.start()
        return url, thread, errors

    def _delivery(self, url: str, thread: threading.Thread | None, errors: list[str | None]) -> Delivery:
        if thread is None:
            return Delivery(redacted(url), "an earlier sending hangs there still")
        if not errors:
            return Delivery(redacted(url), f"did not take it within {self._patience:g} s")
        return Delivery(redacted(url), errors[0])


def is_installed() -> bool:
    """Say whether the extra is there."""
    return find_spec("apprise") is not None


def redacted(url: str) -> str:
    """Return scheme and host of an address, which are no secret; where a token stands in the host's place, no host."""
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    name = re.sub(r":[0-9]+$", "", host)
    return f"{scheme}://{host if _HOST.fullmatch(name) else '…'}"


# --- Apprise ----------------------------------------------------------------------------------------------------------


class _Overheard(logging.Handler):
    """What Apprise logs in this thread: the only place where it says why a sending failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


def _sent(url: str, title: str, body: str) -> str | None:
    """Send, and return None or what went wrong, without secrets."""
    if not is_installed():
        return f"Apprise is not installed: {APPRISE}"
    overheard = _Overheard()
    log = logging.getLogger("apprise")
    # Its own lines name tokens; what we say of a failure is redacted, and said once.
    log.propagate = False
    log.addHandler(overheard)
    try:
        error = _handed_over(url, title, body)
    except Exception as caught:  # noqa: BLE001 - a hundred services' code; none may cost a poll
        error = f"{type(caught).__name__}: {caught}"
    finally:
        log.removeHandler(overheard)
    if error is None:
        return None
    said = [line for line in dict.fromkeys(overheard.lines) if line not in error]
    error, because = _without_secrets(error, url), _without_secrets("; ".join(said), url)
    return f"{error} ({because})" if said else error


def _handed_over(url: str, title: str, body: str) -> str | None:
    from apprise import Apprise, NotifyFormat, NotifyType  # noqa: PLC0415

    service: Any = Apprise.instantiate(url, asset=_asset(), suppress_exceptions=True)
    if service is None:
        return "not an address that Apprise knows"
    service.notify_format = NotifyFormat.TEXT  # e-mail would be HTML, and our text no markup
    # Not through Apprise.notify(): its pool's threads are waited for when the process ends.
    return None if service.notify(body=body, title=title, notify_type=NotifyType.WARNING) else "it was not taken"


def _asset() -> AppriseAsset:
    from apprise import AppriseAsset  # noqa: PLC0415

    return AppriseAsset(app_id="collector", app_desc="collector", app_url="", async_mode=False)


def _without_secrets(text: str, url: str) -> str:
    """Return one line that says nothing of an address but scheme and host."""
    rest, shown = url.partition("://")[2], redacted(url)
    text = re.sub(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+", lambda found: redacted(found[0]), " ".join(text.split()))
    parts = {part for one in re.split(r"[/?#&=:@,]", rest) for part in (one, unquote(one))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET and part not in shown:
            text = re.sub(
                re.escape(part), "…", text, flags=re.IGNORECASE
            )  # a library may write a host's case otherwise
    return text[:300]


# --- what is said -----------------------------------------------------------------------------------------------------


def composed(notices: Sequence[Notice], *, names: Mapping[str, str], zone: ZoneInfo) -> tuple[str, str]:
    """Return title and body of a message, plain text in Vietnamese and English."""
    blocks = [_block(notice, names, zone) for notice in notices]
    if len(notices) == 1:
        vi, en = _KINDS[notices[0].kind]
        whose = _whose(notices[0], names)
        return f"[collector] {vi} / {en}: {whose} ({notices[0].incident.trouble.cause})", blocks[0]
    return f"[collector] {len(notices)} tin về sự cố / messages on incidents", "\n\n".join(blocks)


def _block(notice: Notice, names: Mapping[str, str], zone: ZoneInfo) -> str:
    incident = notice.incident
    trouble = incident.trouble
    vi, en = _KINDS[notice.kind]
    lines = [
        f"{vi}: {_VIETNAMESE.get(trouble.cause, trouble.cause)}.",
        f"{en}: {CAUSES.get(trouble.cause, trouble.cause)}.",
        f"Ở đâu / where: {_whose(notice, names)}",
        f"Từ / since: {_minute(incident.first_at, zone)}",
    ]
    if incident.closed_at is not None:
        lines.append(f"Đến / until: {_minute(incident.closed_at, zone)}")
    lines.append(f"Số lần thấy / seen: {incident.strikes}")
    lines.append(f"Chi tiết / detail: {trouble.detail}")
    if notice.kind != "recovered":
        # What was refused keeps `status` from reading the configuration, too.
        ask = "collector config check" if trouble.cause == "configuration" else "collector status"
        lines.append(f"Xem thêm / look at: {ask}; docs/OPERATE.md#{trouble.cause}")
    return "\n".join(lines)


def _whose(notice: Notice, names: Mapping[str, str]) -> str:
    trouble = notice.incident.trouble
    if trouble.portal is None:
        return "máy thu thập / the collector itself"
    named = f"{names[trouble.portal]} ({trouble.portal})" if trouble.portal in names else trouble.portal
    return f"{named}, {trouble.section}" if trouble.section else named


def _minute(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} ({local:%Z})"
