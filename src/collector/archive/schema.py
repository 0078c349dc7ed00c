"""The tables, as named migrations that are never edited once released.

Observations (captures, articles, revisions, visit counts, runs) are append-only and migrated. Tables that only the
program needs begin with an underscore. ``*_at`` is a UTC instant ``YYYY-MM-DDTHH:MM:SSZ``, ``*_on`` a local date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from collector.archive import search

if TYPE_CHECKING:
    from sqlite_utils import Database

#: ``PRAGMA application_id`` of an archive: the letters "BTin" (bản tin, bulletin).
APPLICATION_ID = int.from_bytes(b"BTin", "big")

migrations = Migrations("collector")

_FIRST_TABLES = """
create table portals (
  id text primary key, name text not null, base_url text not null, family text, installation text not null,
  publisher text, address text, phone text, email text, attribution text, valid_from text, valid_to text
);
create table sections (
  id text primary key, portal text not null references portals(id), name text, url text not null, topic text
);
create index idx_sections_portal on sections(portal);
create table runs (
  id integer primary key, kind text not null, portal text not null references portals(id), source text not null,
  started_at text not null, finished_at text, verdict text, evidence text,
  listed integer not null default 0, added integer not null default 0, revised integer not null default 0,
  unchanged integer not null default 0, gone integer not null default 0, failed integer not null default 0,
  requests integer not null default 0, bytes integer not null default 0
);
create index idx_runs_portal on runs(portal, started_at);
create table captures (
  id integer primary key, portal text not null references portals(id), url text not null, final_url text not null,
  fetched_at text not null, http_status integer not null, headers text not null, redirects text not null,
  sha256 text not null, size integer not null, stored_size integer not null, origin text not null, imported_at text
);
create index idx_captures_portal on captures(portal, fetched_at);
create index idx_captures_url on captures(url);
create index idx_captures_sha256 on captures(sha256);
create table _capture_bodies (
  sha256 text primary key, dictionary text references _capture_bodies(sha256), body blob not null
);
create table _capture_dictionaries (
  portal text not null references portals(id), kind text not null,
  sha256 text not null references _capture_bodies(sha256),
  primary key (portal, kind)
);
create table listings (
  id integer primary key, portal text not null references portals(id), section text not null references sections(id),
  url text not null, source_id text not null, title text, published_on text,
  first_listed_at text not null, last_listed_at text not null, position integer not null,
  state text not null check (state in ('listed', 'archived', 'out_of_range', 'failed', 'gone')),
  first_run integer not null references runs(id), last_run integer not null references runs(id),
  unique (section, source_id)
);
create index idx_listings_portal on listings(portal, source_id);
create index idx_listings_state on listings(section, state);
create index idx_listings_first_run on listings(first_run);
create index idx_listings_last_run on listings(last_run);
create table articles (
  id integer primary key, portal text not null references portals(id), installation text not null,
  source_id text not null, section text references sections(id), url text not null, title text not null,
  lead text, body text not null, byline text, published_on text, published_at text, event_on text, place text,
  topic text, topic_score real, fields text, state text not null check (state in ('live', 'gone')),
  first_seen_at text not null, last_seen_at text not null, changed_at text not null, gone_at text,
  revision_count integer not null, unique (installation, source_id)
);
create index idx_articles_portal on articles(portal);
create index idx_articles_section on articles(section);
create index idx_articles_published_on on articles(published_on);
create table article_urls (
  article integer not null references articles(id), url text not null, first_seen_at text not null,
  primary key (article, url)
);
create index idx_article_urls_url on article_urls(url);
create table revisions (
  id integer primary key, article integer not null references articles(id),
  kind text not null check (kind in ('editorial', 'technical')), seen_at text not null, content_hash text not null,
  title text not null, lead text, body text not null, byline text, published_on text, published_at text,
  capture integer not null references captures(id), parser_version text not null, provenance text not null
);
create index idx_revisions_article on revisions(article);
create index idx_revisions_capture on revisions(capture);
create table corrections (
  id integer primary key, article integer not null references articles(id),
  revision integer not null references revisions(id), field text not null, before text, after text,
  seen_at text not null
);
create index idx_corrections_article on corrections(article);
create index idx_corrections_revision on corrections(revision);
create table attachments (
  id integer primary key, article integer not null references articles(id),
  revision integer not null references revisions(id), url text not null, label text not null,
  kind text not null check (kind in ('image', 'file'))
);
create index idx_attachments_article on attachments(article);
create index idx_attachments_revision on attachments(revision);
create table visit_counts (
  id integer primary key, portal text not null references portals(id), observed_at text not null,
  online integer, today integer, yesterday integer, week integer, month integer, total integer,
  own_requests integer not null, reset integer not null default 0, capture integer references captures(id)
);
create index idx_visit_counts_portal on visit_counts(portal, observed_at);
create index idx_visit_counts_capture on visit_counts(capture);
create table failures (
  id integer primary key, portal text not null references portals(id), url text not null, source_id text,
  stage text not null, error text not null, message text not null, traceback text,
  first_at text not null, last_at text not null, next_try_at text, attempts integer not null,
  capture integer references captures(id), resolved_at text, last_run integer not null references runs(id)
);
create unique index idx_failures_open on failures(portal, url, stage) where resolved_at is null;
create index idx_failures_portal on failures(portal, resolved_at);
create index idx_failures_capture on failures(capture);
create index idx_failures_last_run on failures(last_run);
create table _section_walks (
  section text primary key references sections(id), caught_up_run integer references runs(id),
  reached_end integer not null default 0, first_page_etag text, first_page_last_modified text, items_hash text
);
create table _strikes (
  article integer not null references articles(id), run integer not null references runs(id), seen_at text not null,
  kind text not null, primary key (article, run)
);
create index idx_strikes_run on _strikes(run);
create table _checks (
  article integer primary key references articles(id), checked_at text not null,
  capture integer not null references captures(id), wanted text
);
create index idx_checks_capture on _checks(capture);
create table _uncounted_views (portal text primary key references portals(id), views integer not null);
create table _robots (origin text primary key, fetched_at text not null, status integer not null, body blob not null);
create table _hosts (host text primary key, not_before text not null);
"""

# The views ``current_*``: of the latest revision of a bulletin that is live and on topic, so that no sum counts a text
# twice.
_EVIDENCE_TABLES = """
alter table articles add column topic_words text;
alter table revisions add column evidence_version text;
create index idx_revisions_unexamined on revisions(article) where evidence_version is null;
create table measures (
  id text primary key, field text not null, name_vi text not null, name_en text not null, unit text not null
);
create table indicators (
  id integer primary key, article integer not null references articles(id),
  revision integer not null references revisions(id), measure text references measures(id), label text not null,
  part text not null check (part in ('title', 'body')), printed text not null,
  value real not null, value_max real, unit text, qualifier text not null, direction text not null, period text,
  place text, sentence text not null, span_start integer not null, span_end integer not null, rule text not null,
  ambiguous integer not null default 0 check (ambiguous in (0, 1))
);
create index idx_indicators_article on indicators(article);
create index idx_indicators_revision on indicators(revision);
create index idx_indicators_measure on indicators(measure, period);
create table people (name text primary key);
create table appearances (
  id integer primary key, article integer not null references articles(id),
  revision integer not null references revisions(id), person text not null references people(name), title text,
  part text not null check (part in ('title', 'body')), span_start integer not null, span_end integer not null
);
create index idx_appearances_article on appearances(article);
create index idx_appearances_revision on appearances(revision);
create index idx_appearances_person on appearances(person);
create table documents (
  id integer primary key, article integer not null references articles(id),
  revision integer not null references revisions(id), number text not null, kind text,
  part text not null check (part in ('title', 'body')), span_start integer not null, span_end integer not null
);
create index idx_documents_article on documents(article);
create index idx_documents_revision on documents(revision);
create index idx_documents_number on documents(number);
create view current_indicators as
select i.id, a.portal, a.published_on, a.event_on, a.title, a.url, a.place as article_place, m.field, i.measure,
  m.name_vi, m.name_en, i.label, i.part, i.printed, i.value, i.value_max, i.unit, i.qualifier, i.direction, i.period,
  i.place, i.sentence, i.span_start, i.span_end, i.rule, i.ambiguous, i.article, i.revision
from indicators i join articles a on a.id = i.article left join measures m on m.id = i.measure
where a.state = 'live' and a.topic = 'labour' and i.revision = (select max(id) from revisions where article = a.id);
create view current_appearances as
select p.id, a.portal, a.published_on, a.event_on, a.title as article_title, a.url, p.person, p.title, p.part,
  p.span_start, p.span_end, p.article, p.revision
from appearances p join articles a on a.id = p.article
where a.state = 'live' and a.topic = 'labour' and p.revision = (select max(id) from revisions where article = a.id);
create view current_documents as
select d.id, a.portal, a.published_on, a.event_on, a.title, a.url, d.number, d.kind, d.part, d.span_start, d.span_end,
  d.article, d.revision
from documents d join articles a on a.id = d.article
where a.state = 'live' and a.topic = 'labour' and d.revision = (select max(id) from revisions where article = a.id);
"""


@migrations()
def first_tables(db: Database) -> None:
    """Portals to failures: everything that a run observes."""
    _each(db, _FIRST_TABLES)
    db.execute(f"pragma application_id = {APPLICATION_ID}")


@migrations()
def full_text_search(db: Database) -> None:
    """The index over title and body, filled from what is there."""
    _each(db, search.TABLES)
    search.rebuild(db)


@migrations()
def evidence_tables(db: Database) -> None:
    """What the bulletins' words say; of those that are there the next run examines the texts."""
    _each(db, _EVIDENCE_TABLES)


def _each(db: Database, script: str) -> None:
    # One statement at a time: executescript() would commit the migration's transaction.
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


#: What ``PRAGMA user_version`` of an up-to-date archive says: the number of migrations.
SCHEMA_VERSION = 3
#: The oldest schema that `status` and a rehearsal can read: what came later only added tables and columns to it.
OLDEST_READABLE = 1
