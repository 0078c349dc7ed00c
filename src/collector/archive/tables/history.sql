-- The latest revision is a column, because the past may be read after the present: a capture of 2019 that a web archive
-- kept becomes a revision with a higher id than the one of today. ``_sightings`` say which state was seen when, for a text
-- that was edited and put back in between is told by nothing else (no capture: the portal said that nothing had changed).
-- ``mementos`` are captures that others keep, as their indexes tell; ``_unread`` the places of each section's listing that
-- no walk has read (null: to its end); ``_readings`` by which reading a capture was last read again, so that reading
-- everything again can be stopped and gone on with; ``provenance`` where only what filled the fields is not what its
-- latest revision says.
alter table articles add column revision integer references revisions(id);
update articles set revision = (select max(r.id) from revisions r where r.article = articles.id);
create index idx_articles_revision on articles(revision);
create table _sightings (
  id integer primary key, article integer not null references articles(id), seen_at text not null,
  capture integer references captures(id), revision integer not null references revisions(id)
);
create index idx__sightings_article on _sightings(article, seen_at);
create index idx__sightings_capture on _sightings(capture);
create index idx__sightings_revision on _sightings(revision);
insert into _sightings (article, seen_at, capture, revision)
  select r.article, c.fetched_at, r.capture, r.id from revisions r join captures c on c.id = r.capture order by r.id;
-- When it was last seen, and not ``_checks.checked_at``: that is also of looks that did not find it.
insert into _sightings (article, seen_at, capture, revision)
  select a.id, a.last_seen_at, iif(c.fetched_at <= a.last_seen_at and c.id <> r.capture, c.id, null), a.revision
  from articles a join revisions r on r.id = a.revision join _checks k on k.article = a.id
  join captures c on c.id = k.capture
  where not exists (select 1 from _sightings s where s.article = a.id and s.seen_at >= a.last_seen_at);
-- By the moment and not by the run: a file of captures brings several runs' looks in one.
create table _strikes_by_moment (
  article integer not null references articles(id), run integer not null references runs(id), seen_at text not null,
  kind text not null, primary key (article, run, seen_at)
);
insert or ignore into _strikes_by_moment select article, run, seen_at, kind from _strikes;
drop table _strikes;
alter table _strikes_by_moment rename to _strikes;
create index idx_strikes_run on _strikes(run);
create table mementos (
  id integer primary key, portal text not null references portals(id), source text not null, url text not null,
  source_id text, kind text not null check (kind in ('article', 'listing', 'home')), captured_at text not null,
  http_status integer, mimetype text, digest text, locator text not null,
  state text not null check (state in ('found', 'imported', 'out_of_range', 'same', 'no_content', 'absent', 'failed')),
  capture integer references captures(id), found_at text not null, tried_at text,
  unique (portal, source, url, captured_at)
);
create index idx_mementos_source_id on mementos(portal, source_id);
create index idx_mementos_capture on mementos(capture);
create table _index_walks (
  portal text not null references portals(id), source text not null, prefix text not null, since text, resume text,
  began_at text not null, ended_at text, primary key (portal, source, prefix)
);
create table _unread (
  section text not null references sections(id), start integer not null, stop integer, primary key (section, start)
);
alter table _section_walks add column page_size integer;
alter table _section_walks add column last_page integer;
create table _readings (
  capture integer primary key references captures(id), version text not null, provenance text
);
create table places (
  id text primary key, name text not null, kind text not null, valid_from text, valid_to text,
  successor text references places(id), today text references places(id), source text
);
create index idx_places_name on places(name);
create index idx_places_successor on places(successor);
create index idx_places_today on places(today);
alter table portals add column place text references places(id);
alter table portals add column successor text;
create index idx_portals_place on portals(place);
create index idx_captures_fetched_at on captures(fetched_at);
drop view current_indicators;
drop view current_appearances;
drop view current_documents;
-- ``province`` is what a figure is about within the boundaries of its day, ``province_now`` within today's: the place of
-- the figure itself, else of its bulletin, else of the portal. A name means one place, the one that was noted last: one
-- that the configuration calls otherwise by now is still here.
create view current_indicators as
select i.id, a.portal, a.published_on, a.event_on, a.title, a.url, a.place as article_place, m.field, i.measure,
  m.name_vi, m.name_en, i.label, i.part, i.printed, i.value, i.value_max, i.unit, i.qualifier, i.direction, i.period,
  i.place, there.name as province, now.name as province_now,
  i.sentence, i.span_start, i.span_end, i.rule, i.ambiguous, i.article, i.revision
from articles a join indicators i on i.revision = a.revision left join measures m on m.id = i.measure
join portals p on p.id = a.portal
left join places there on there.id = coalesce(
  (select n.id from places n where n.name = i.place and coalesce(a.published_on, '9') >= coalesce(n.valid_from, '')
    and coalesce(a.published_on, '9') <= coalesce(n.valid_to, '9999') order by n.rowid desc limit 1),
  (select n.id from places n where n.name = a.place and coalesce(a.published_on, '9') >= coalesce(n.valid_from, '')
    and coalesce(a.published_on, '9') <= coalesce(n.valid_to, '9999') order by n.rowid desc limit 1),
  p.place)
left join places now on now.id = there.today
where a.state = 'live' and a.topic = 'labour';
create view current_appearances as
select p.id, a.portal, a.published_on, a.event_on, a.title as article_title, a.url, p.person, p.title, p.part,
  p.span_start, p.span_end, p.article, p.revision
from articles a join appearances p on p.revision = a.revision
where a.state = 'live' and a.topic = 'labour';
create view current_documents as
select d.id, a.portal, a.published_on, a.event_on, a.title, a.url, d.number, d.kind, d.part, d.span_start, d.span_end,
  d.article, d.revision
from articles a join documents d on d.revision = a.revision
where a.state = 'live' and a.topic = 'labour';
