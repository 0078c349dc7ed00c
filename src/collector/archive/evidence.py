"""What bulletins' words say, as rows: figures, officials, documents cited, and whether a bulletin is on topic.

All of it is derived from the revisions' texts by a version of the examination (``revisions.evidence_version``) and may
be written anew at any time; nothing else in the archive is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import day, read_day
from collector.findings import Evidence
from collector.vocabulary import Measure

#: Whether a section that lists the article, or that brought it in, is about the topic as a whole.
_DECLARED = (
    "exists (select 1 from sections s where s.topic = 'labour' and (s.id = a.section or s.id in "
    "(select section from listings l where l.portal = a.portal and l.source_id = a.source_id)))"
)


@dataclass(frozen=True, slots=True)
class UnexaminedText:
    """The latest text of a bulletin that nobody has examined yet."""

    article: int
    revision: int
    source_id: str
    url: str
    capture: int  #: the page that it was read from
    title: str
    body: str
    published_on: date | None


class Findings:
    """``measures``, ``indicators``, ``people``, ``appearances``, ``documents``, and the articles' topic."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def know(self, measures: Iterable[Measure]) -> None:
        """Bring ``measures`` up to the vocabulary; one that it has no longer stays, for figures point to it."""
        known = {row["id"]: row for row in self._connection.rows("select * from measures")}
        rows = [
            {"id": one.id, "field": one.field, "name_vi": one.name_vi, "name_en": one.name_en, "unit": one.unit}
            for one in measures
        ]
        changed = [row for row in rows if known.get(row["id"]) != row]
        if changed:
            with self._connection.writing():
                for row in changed:
                    self._connection.execute(
                        "insert into measures values (:id, :field, :name_vi, :name_en, :unit) on conflict (id) "
                        "do update set field = excluded.field, name_vi = excluded.name_vi, "
                        "name_en = excluded.name_en, unit = excluded.unit",
                        row,
                    )

    def note(self, *, article: int, revision: int, evidence: Evidence | None, version: str, topic: str | None) -> None:
        """Write what a revision's text says in place of what was written for it before.

        The article gets what is said of it as a whole, so ``revision`` is its latest one. Without ``evidence`` (the
        examination failed) the revision counts as not examined.
        """
        with self._connection.writing():
            self.note_past(article=article, revision=revision, evidence=evidence, version=version)
            self._connection.update("articles", article, {"topic": topic, **_of_the_whole(evidence)})

    def note_past(self, *, article: int, revision: int, evidence: Evidence | None, version: str) -> None:
        """Write what the text of a revision says that is not the article's latest; the article stays as it is."""
        with self._connection.writing():
            for table in ("indicators", "appearances", "documents"):
                self._connection.execute(f"delete from {table} where revision = ?", [revision])
            for person in () if evidence is None else evidence.people:
                self._connection.execute("insert or ignore into people (name) values (?)", [person.name])
            for table, rows in _rows(evidence, {"article": article, "revision": revision}).items():
                self._connection.insert_all(table, rows)
            self._connection.update("revisions", revision, {"evidence_version": None if evidence is None else version})

    def note_all(self, examined: Sequence[tuple[UnexaminedText, Evidence, str | None]], *, version: str) -> None:
        """Write several texts' evidence and topics in one transaction."""
        with self._connection.writing():
            for text, evidence, topic in examined:
                self.note(article=text.article, revision=text.revision, evidence=evidence, version=version, topic=topic)

    def unexamined(self, *, portal: str, after: int, limit: int) -> list[UnexaminedText]:
        """Return texts of a portal that were not examined, in their order, beyond the article ``after``."""
        rows = self._connection.rows(
            "select r.article, r.id as revision, a.source_id, a.url, r.capture, r.title, r.body, r.published_on "
            # A cross join goes by the index of unexamined revisions, in whose order the texts come. From the articles,
            # which SQLite would rather start from, all texts are read and sorted for each batch.
            "from revisions r cross join articles a on a.id = r.article "
            "where r.evidence_version is null and a.portal = ? "
            "and r.article > ? and r.id = a.revision "
            "order by r.article limit ?",
            [portal, after, limit],
        )
        return [UnexaminedText(**{**row, "published_on": read_day(row["published_on"])}) for row in rows]

    def declared_topic(self, *, portal: str, source_id: str, section: str | None) -> str | None:
        """Return the topic that a section of this bulletin declares as a whole, or None.

        ``section`` is where it was found now; those that list it and the one that first brought it in count as well.
        """
        found = self._connection.value(
            "select s.topic from sections s where s.topic is not null and (s.id = :section "
            "or s.id in (select section from listings where portal = :portal and source_id = :source_id) "
            "or s.id in (select a.section from portals p join articles a on a.installation = p.installation "
            "where p.id = :portal and a.source_id = :source_id)) limit 1",
            {"portal": portal, "source_id": source_id, "section": section},
        )
        return None if found is None else str(found)

    def decide_topics(self, *, portal: str, threshold: float) -> int:
        """Decide for all articles of a portal whether they are on topic, and return for how many that is new.

        The rule is ``plan.topic``'s, as one statement.
        """
        with self._connection.writing() as db:
            changed = db.execute(
                "update articles set topic = decided.topic from (select a.id, case when "
                f"{_DECLARED} or a.topic_score >= :threshold then 'labour' end as topic from articles a "
                "where a.portal = :portal) as decided where decided.id = articles.id "
                "and articles.topic is not decided.topic",
                {"portal": portal, "threshold": threshold},
            )
            return int(changed.rowcount)


def _rows(evidence: Evidence | None, owner: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    if evidence is None:
        return {}
    figures = [
        {**owner, **{name: getattr(one, name) for name in one.__slots__}, "ambiguous": int(one.ambiguous)}
        for one in evidence.indicators
    ]
    return {
        "indicators": figures,
        "appearances": [{**owner, "person": one.name, **_place(one, "title")} for one in evidence.people],
        "documents": [{**owner, "number": one.number, **_place(one, "kind")} for one in evidence.documents],
    }


def _place(finding: object, *names: str) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in (*names, "part", "span_start", "span_end")}


def _of_the_whole(evidence: Evidence | None) -> dict[str, Any]:
    if evidence is None:
        return dict.fromkeys(("event_on", "place", "topic_score", "topic_words", "fields"))
    return {
        "event_on": day(evidence.event_on),
        "place": evidence.place,
        "topic_score": evidence.topic.score,
        "topic_words": json.dumps(evidence.topic.words, ensure_ascii=False),
        "fields": json.dumps(evidence.topic.fields, ensure_ascii=False),
    }


def misplaced(connection: Connection, limit: int) -> list[str]:
    """Return the findings that do not stand where they say they do, at most ``limit`` of each kind."""
    found = []
    for table, words in (("indicators", "printed"), ("appearances", "person"), ("documents", "number")):
        rows = connection.rows(
            f"select f.id, f.{words} as words, f.revision from {table} f join revisions r on r.id = f.revision "
            f"where substr(iif(f.part = 'title', r.title, r.body), f.span_start + 1, f.span_end - f.span_start) "
            f"is not f.{words} order by f.id limit ?",
            [limit],
        )
        found += [
            f"{table} row {row['id']} ({row['words']}) does not stand there in revision {row['revision']}"
            for row in rows
        ]
    return found
