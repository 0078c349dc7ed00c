"""What guards a reader's browser: a policy without inline scripts, and headers on every answer.

What portals wrote is data and Datasette escapes it. Should one place forget to, the policy keeps it from running: only
scripts that a *template* holds get the request's nonce, because it is put into the templates' source when they are
compiled, never into what is filled in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError
from typing import Any

import structlog
from jinja2.ext import Extension

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger()

_SCRIPT = re.compile(r"<script(?=[\s>{])")
#: Where a request's part of the policy is kept: in a place of its own, because what is within gets copies of the scope.
_KEY = "collector.page"


class Nonces(Extension):
    """Gives every script of a template the request's nonce."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the template's source with ``nonce`` in each script's tag."""
        return _SCRIPT.sub('<script nonce="{{ csp_nonce }}"', source)


def nonce(scope: Scope) -> str:
    """Return the nonce of a request."""
    return str(scope.get(_KEY, {}).get("nonce", ""))


def needs_eval(scope: Scope) -> str:
    """Let the scripts of this answer compile code, as datasette-vega does; a template calls it, and shows nothing."""
    scope.setdefault(_KEY, {})["eval"] = True
    return ""


def _policy(scope: Scope) -> str:
    compiled = " 'unsafe-eval'" if scope[_KEY].get("eval") else ""
    return (
        # Vega and Datasette's pages set styles from script; a style cannot run anything.
        f"default-src 'self'; script-src 'self' 'nonce-{nonce(scope)}'{compiled}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )


def protected(app: App) -> App:
    """Wrap an ASGI application so that every answer carries the headers; one's own policy stays."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        scope[_KEY] = {"nonce": secrets.token_urlsafe(16)}
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _with_ours(list(message.get("headers", [])), scope)
            await send(message)

        try:
            await app(scope, receive, sending)
        except Exception as error:
            if begun:
                raise
            # What Datasette reads before it minds errors: a path that is no ASCII, a cookie with a name of its own.
            theirs = isinstance(error, UnicodeError | CookieError)
            _log.error("request failed", path=scope["path"], error=str(error), exc_info=None if theirs else error)
            start = {"type": "http.response.start", "status": 400 if theirs else 500}
            await sending({**start, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
            told = b"this request cannot be read\n" if theirs else b"something went wrong here; the log says what\n"
            await sending({"type": "http.response.body", "body": told})

    return guarded


def _with_ours(headers: list[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    ours = {
        b"content-security-policy": _policy(scope).encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
    }
    present = {name.lower() for name, _ in headers}
    # Pages are in the reader's language: a cache must not give one reader's to another. Datasette varies by cookie.
    headers = [(name, value + b", Accept-Language" if name.lower() == b"vary" else value) for name, value in headers]
    return headers + [(name, value) for name, value in ours.items() if name not in present]
