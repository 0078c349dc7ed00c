"""How a portal is asked, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How a portal is asked; times in seconds.

    A body that brings fewer than ``least_bytes`` in ``rate_window`` seconds is broken off and asked for again: at 400
    bytes a second the smallest page of the families (77 KB) would not arrive within the deadline anyway.
    """

    contact: str = ""  #: address or URL of whoever runs this, sent with every request
    delay: float = 2.0  #: pause between two requests to one host
    connect_timeout: float = 10.0  #: for looking the name up, and again for connecting
    timeout: float = 60.0  #: for one read
    deadline: float = 180.0  #: for one answer, headers and body
    rate_window: float = 30.0
    least_bytes: int = 12_000  #: from the wire, still compressed
    retries: int = 3  #: further attempts after a passing fault
    throttle_pause: float = 0.0  #: least pause of the whole host after a 429, whatever its Retry-After says
    max_bytes: int = 10_000_000  #: of a body, raw and inflated
    robots: bool = True
    ca_bundle: str | None = None  #: certificates trusted beside the system's
    proxy: str | None = None  #: ``http://host:port``; the environment's are not looked at
