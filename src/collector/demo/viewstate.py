"""Postbacks of ASP.NET WebForms as far as a pager needs them: one-time tokens and the partial ("delta") reply."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

#: The hidden fields that a postback has to bring back.
FIELDS = ("__VIEWSTATE", "__VIEWSTATEGENERATOR", "__EVENTVALIDATION")
_KEPT = 4000


@dataclass(frozen=True, slots=True)
class PagerState:
    """What a page remembers in its view state: whose pager it shows and which page of it."""

    catid: int
    page: int  #: from 1


@dataclass(frozen=True, slots=True)
class Token:
    """One page's hidden fields."""

    viewstate: str
    generator: str
    validation: str

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Names and values as the form posts them."""
        return tuple(zip(FIELDS, (self.viewstate, self.generator, self.validation), strict=True))


class InvalidViewState(Exception):
    """The posted view state was used before, is unknown, or belongs to another session or page."""


class ViewStates:
    """Gives out tokens and takes each back once.

    Real WebForms keep the state in the token itself and so accept it again and again; portals that store it on the
    server or bind it to the session do not. The stricter kind is played, for whoever copes with it copes with both.
    """

    def __init__(self) -> None:
        self._issued: OrderedDict[str, tuple[Token, str, PagerState]] = OrderedDict()
        self._serial = 0
        self._lock = threading.Lock()

    def issue(self, session: str, state: PagerState) -> Token:
        """Make a token for one page of ``session``; the oldest is forgotten when there are thousands."""
        with self._lock:
            self._serial += 1
            bulk = hashlib.shake_256(f"{self._serial} {state}".encode())
            text = base64.b64encode(bulk.digest(2100)).decode()
            token = Token("/wEPDwUK" + text[:2480], "CA0B0334", "/wEdAA" + text[2480:2790])
            self._issued[token.viewstate] = (token, session, state)
            if len(self._issued) > _KEPT:
                self._issued.popitem(last=False)
            return token

    def redeem(self, session: str | None, form: Mapping[str, str]) -> PagerState:
        """Take a posted form's token back. ``session`` None: sessions are not compared.

        Raises:
            InvalidViewState: it is not to be trusted, see there.
        """
        with self._lock:
            found = self._issued.pop(form.get("__VIEWSTATE", ""), None)
        if found is None:
            raise InvalidViewState
        token, owner, state = found
        if (session is not None and owner != session) or any(form.get(name) != value for name, value in token.fields()):
            raise InvalidViewState
        return state


def delta(parts: list[tuple[str, str, str]]) -> str:
    """Write ``type, id, content`` as the framework's script reads them: ``length|type|id|content|``.

    The length counts UTF-16 code units, as JavaScript does.

    >>> delta([("pageTitle", "", "Tin")])
    '1|#||4|3|pageTitle||Tin|'
    """
    written = ["1|#||4|"]
    for kind, name, content in parts:
        written.append(f"{len(content.encode('utf-16-le')) // 2}|{kind}|{name}|{content}|")
    return "".join(written)
