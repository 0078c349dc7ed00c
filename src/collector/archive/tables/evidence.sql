-- What the bulletins' words say.
-- The views ``current_*``: of the latest revision of a bulletin that is live and on topic, so that no sum counts a text
-- twice.
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
