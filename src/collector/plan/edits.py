"""What counts as an edit, and what exactly it changed (CONTRACT 3, "Edited")."""

from __future__ import annotations

import hashlib
import json
from difflib import SequenceMatcher

from collector.model import Bulletin, Change, Correction, Outcome
from collector.plan.fills import by_fallback

#: Goes before the hash, so that a change of its ingredients never looks like an edit.
_HASH_VERSION = "1"

#: The fields whose change is an edit (CONTRACT 3, "Edited"); counters, sidebars and clocks are none.
_CONTENT = ("title", "lead", "body", "published_on", "attachments")
#: What is looked for in the body: read from another place, it says nothing about an editor.
_OF_THE_BODY = frozenset({"body", "lead", "attachments"})


def content_hash(bulletin: Bulletin) -> str:
    """Return the hash of what the editor is responsible for: ``1:`` and a sha256 in hex."""
    content = json.dumps(_content(bulletin), ensure_ascii=False, sort_keys=True)
    return f"{_HASH_VERSION}:{hashlib.sha256(content.encode()).hexdigest()}"


def _content(bulletin: Bulletin) -> dict[str, str | None]:
    values = {
        "title": bulletin.title,
        "lead": bulletin.lead,
        "body": bulletin.body,
        "published_on": None if bulletin.published_on is None else bulletin.published_on.isoformat(),
        "attachments": "\n".join(f"{item.url} {item.label}" for item in bulletin.attachments) or None,
    }
    return {name: _folded(value) for name, value in values.items()}


def _folded(value: str | None) -> str | None:
    if value is None:
        return None
    # White space is folded, and an empty line is nothing else.
    lines = (" ".join(line.split()) for line in value.splitlines())
    return "\n".join(line for line in lines if line) or None


def judge(current: Bulletin, *, stored_hash: str | None, previous: Bulletin | None) -> Change:
    """Tell an editor's change from a change of our own reading.

    Args:
        current: the new page, read by today's parser.
        stored_hash: :func:`content_hash` of the latest revision; None when the archive has no such bulletin.
        previous: the page of the latest revision, read by today's parser; None when today's parser cannot read it,
            and then a difference counts as the editor's.
    """
    now = content_hash(current)
    if stored_hash is None:
        return Change(Outcome.ADDED, now)
    if previous is not None and content_hash(previous) == now:
        return Change(Outcome.UNCHANGED if stored_hash == now else Outcome.REREAD, now)
    if stored_hash == now:
        return Change(Outcome.UNCHANGED, now)
    if previous is None:
        return Change(Outcome.REVISED, now)
    found = corrections(previous, current)
    # The fallback finds a text by other means than a selector: what differs may be our reading, and is not called the
    # editor's. Only what was read in the same way on both pages can be.
    return Change(Outcome.REVISED if found else Outcome.REREAD, now, found)


def corrections(before: Bulletin, after: Bulletin) -> tuple[Correction, ...]:
    """Return one correction for each field that differs; of a body only the paragraphs that differ.

    A field that a selector filled on one page and the fallback on the other is left out.
    """
    old, new = _content(before), _content(after)
    found = []
    for name in _CONTENT:
        if old[name] == new[name] or _read_otherwise(name, before, after):
            continue
        a, b = old[name], new[name]
        if name == "body":
            a, b = changed_paragraphs(a or "", b or "")
            # The lead stands in the body too: its change is told once, as the lead's.
            if old["lead"] != new["lead"] and (a, b) == (old["lead"], new["lead"]):
                continue
        found.append(Correction(name, a, b))
    return tuple(found)


def _read_otherwise(name: str, before: Bulletin, after: Bulletin) -> bool:
    read = "body" if name in _OF_THE_BODY else name
    return by_fallback(before.provenance, read) != by_fallback(after.provenance, read)


def changed_paragraphs(before: str, after: str) -> tuple[str | None, str | None]:
    """Return the lines that only one of two texts has, a None for none."""
    old, new = before.split("\n"), after.split("\n")
    blocks = [step for step in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if step[0] != "equal"]
    gone = "\n".join(line for _, start, end, _, _ in blocks for line in old[start:end])
    come = "\n".join(line for _, _, _, start, end in blocks for line in new[start:end])
    return gone or None, come or None
