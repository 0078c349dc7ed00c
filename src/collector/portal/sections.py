"""Which section's listing an address is a page of."""

from __future__ import annotations

from collector.portal.numbered import listing_of
from collector.profile import Profile
from collector.urlkeys import key


class Sections:
    """A portal's sections by the addresses of their pages."""

    def __init__(self, profile: Profile) -> None:
        self._ids = {_bare(one.url): f"{profile.id}/{one.id}" for one in profile.sections}
        # A listing of another time may have numbered its pages in another way, under the same address.
        self._pagers = tuple(dict.fromkeys([profile.pager, *(layout.pager for layout in profile.layouts)]))

    def page_of(self, url: str) -> tuple[str, int] | None:
        """Return a section, as ``portal/section``, and which page of its listing an address is; None: of none.

        A form's pages (``postback``) have no addresses of their own: each is the first.
        """
        pages = ((url, 1), *(found for pager in self._pagers if (found := listing_of(url, pager)) is not None))
        return next(((self._ids[bare], page) for one, page in pages if (bare := _bare(one)) in self._ids), None)


def _bare(url: str) -> str:
    return key(url).rstrip("/")
