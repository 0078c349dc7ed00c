-- What people look at: views that read well, and what makes them quick at 50,000 bulletins with a million figures.
--
-- ``articles`` has its texts in the middle, so that what stands behind them costs a second page for each row: these
-- indexes hold what is asked of many rows, and the table is read for the few that are shown.
create index idx_articles_current on articles(revision, published_on) where state = 'live' and topic = 'labour';
create index idx_articles_latest on articles(published_on, revision) where state = 'live' and topic = 'labour';
create index idx_articles_first_seen_at on articles(first_seen_at) where state = 'live' and topic = 'labour';
create index idx_articles_gone_at on articles(gone_at) where state = 'gone';
create index idx_articles_newest on articles(section, published_on);
create index idx_listings_last_listed_at on listings(section, last_listed_at);
create index idx_corrections_seen_at on corrections(seen_at);
create index idx_corrections_field on corrections(field, seen_at);
create index idx_runs_day on runs(date(started_at, '+7 hours'), portal);
create index idx_failures_last_at on failures(last_at) where resolved_at is null;
-- The figures of the texts that count, each with its year and its province: what ``_figures_that_count`` says, kept, for
-- to find it anew for one measure takes a second. ``year``, and ``months`` (how many of the year it covers), are of a
-- period of one year or less; ``until_month`` is the last one. ``whole_province``: the figure has no place of its own,
-- and its bulletin is about the province, or the sentence says "toàn tỉnh" or the like before the number. ``relative``:
-- a share, or a change in per cent, of what is counted in something else. ``series``: measure and period are known.
create table _current_figures (
  id integer primary key references indicators(id) on delete cascade, article integer not null references articles(id),
  revision integer not null references revisions(id), portal text not null references portals(id),
  measure text references measures(id), field text, direction text not null, whole_province integer not null,
  relative integer not null, province text, province_now text, year integer, months integer, until_month text,
  value real not null, unit text, period text, published_on text, series integer not null
);
create index idx__current_figures_article on _current_figures(article);
create index idx__current_figures_revision on _current_figures(revision);
create index idx__current_figures_portal on _current_figures(portal);
create index idx__current_figures_published_on on _current_figures(published_on);
create index idx__current_figures_series on _current_figures(published_on) where series = 1;
create index idx__current_figures_field on _current_figures(field, published_on, series);
create index idx__current_figures_province on _current_figures(province, published_on, series);
create index idx__current_figures_province_now on _current_figures(province_now, published_on, series);
create index idx__current_figures_measure on _current_figures(measure, published_on, series);
create index idx__current_figures_year on _current_figures(
  measure, direction, whole_province, relative, year, province, province_now, months, until_month, unit, value,
  series);
create view _figures_that_count as
with placed as (
  select i.id, i.article, i.revision, a.portal, i.measure, i.direction, i.value, i.unit, i.period, a.published_on,
    substr(i.sentence, 1, instr(i.sentence, i.printed) - 1) as before, a.place as article_place, i.place,
    coalesce(i.unit, '') like '\%%' escape '\' as percent, coalesce(
    (select n.id from places n where n.name = i.place and coalesce(a.published_on, '9') >= coalesce(n.valid_from, '')
      and coalesce(a.published_on, '9') <= coalesce(n.valid_to, '9999') order by n.rowid desc limit 1),
    (select n.id from places n where n.name = a.place and coalesce(a.published_on, '9') >= coalesce(n.valid_from, '')
      and coalesce(a.published_on, '9') <= coalesce(n.valid_to, '9999') order by n.rowid desc limit 1),
    p.place) as province
  from articles a join indicators i on i.revision = a.revision join portals p on p.id = a.portal
  where a.state = 'live' and a.topic = 'labour')
select f.id, f.article, f.revision, f.portal, f.measure, m.field, f.direction,
  coalesce((f.place is null or f.place in (t.name, 'tỉnh ' || t.name, 'Tỉnh ' || t.name)
      or (t.kind = 'city' and f.place in ('thành phố ' || t.name, 'Thành phố ' || t.name, 'TP ' || t.name)))
    and (f.article_place is null or f.article_place is t.name or instr(f.before, 'oàn tỉnh') > 0
      or instr(f.before, 'TOÀN TỈNH') > 0 or instr(f.before, 'ả tỉnh') > 0 or instr(f.before, 'ịa bàn tỉnh') > 0
      or (t.kind = 'city' and instr(f.before, 'oàn thành phố') > 0)), 0) as whole_province,
  f.percent and m.unit is not null and m.unit <> '%' as relative, t.name as province, now.name as province_now,
  iif(f.period glob '[12][0-9][0-9][0-9]' or f.period glob '[12][0-9][0-9][0-9]-*'
    and f.period not glob '*-[12][0-9][0-9][0-9]', cast(substr(f.period, 1, 4) as integer), null) as year,
  case when f.period glob '*-[12][0-9][0-9][0-9]' then null when length(f.period) = 4 then 12
    when f.period glob '*-H[12]' then 6 when f.period glob '*-Q[1-4]' then 3
    when f.period glob '*-M[01][0-9]' then cast(substr(f.period, 7) as integer)
    when f.period glob '*-[01][0-9]' then 1 end as months,
  case when f.period glob '*-[12][0-9][0-9][0-9]' then substr(f.period, 6) || '-12'
    when length(f.period) = 4 then f.period || '-12'
    when f.period glob '*-H[12]' then substr(f.period, 1, 5) || printf('%02d', substr(f.period, 7) * 6)
    when f.period glob '*-Q[1-4]' then substr(f.period, 1, 5) || printf('%02d', substr(f.period, 7) * 3)
    when f.period glob '*-M[01][0-9]' then substr(f.period, 1, 5) || substr(f.period, 7)
    when f.period glob '*-[01][0-9]' then f.period end as until_month,
  f.value, f.unit, f.period, f.published_on, f.measure is not null and f.period is not null as series
from placed f left join places t on t.id = f.province left join places now on now.id = t.today
left join measures m on m.id = f.measure;
insert into _current_figures select * from _figures_that_count order by id;
-- Of the same texts: who is named with which office (empty: with none), what is cited, and each field that a bulletin
-- touches in its month, all once a bulletin.
create table _current_offices (
  person text not null, office text not null, article integer not null references articles(id), published_on text
);
create index idx__current_offices_person on _current_offices(person, office, published_on, article);
create index idx__current_offices_article on _current_offices(article);
create view _offices_that_count as
select p.person, coalesce(p.title, '') as office, a.id as article, a.published_on
from articles a join appearances p on p.revision = a.revision
where a.state = 'live' and a.topic = 'labour' group by a.id, p.person, coalesce(p.title, '');
insert into _current_offices select * from _offices_that_count;
create table _current_citations (
  number text not null, article integer not null references articles(id), kind text, published_on text
);
create index idx__current_citations_number on _current_citations(number, published_on, article, kind);
create index idx__current_citations_article on _current_citations(article);
create view _citations_that_count as
select d.number, a.id as article, max(d.kind) as kind, a.published_on
from articles a join documents d on d.revision = a.revision
where a.state = 'live' and a.topic = 'labour' group by a.id, d.number;
insert into _current_citations select * from _citations_that_count;
create table _current_fields (
  month text not null, field text not null, article integer not null references articles(id),
  primary key (month, field, article)
) without rowid;
create index idx__current_fields_article on _current_fields(article);
create view _fields_that_count as
select substr(a.published_on, 1, 7) as month, f.value as field, a.id as article
from articles a, json_each(iif(json_valid(a.fields), a.fields, '[]')) f
where a.state = 'live' and a.topic = 'labour' and a.published_on is not null
union
select substr(published_on, 1, 7), '(all)', id from articles
where state = 'live' and topic = 'labour' and published_on is not null;
insert into _current_fields select * from _fields_that_count;
-- Whatever says anew which text counts, when it appeared or what it is about; a text that was examined anew; a measure
-- that was defined anew, a portal's province. What ``places`` says anew, ``Portals.know`` follows: all of it at once.
create trigger _article_counts after update of state, topic, revision, published_on, place, portal, fields on articles
when (old.state, old.topic, old.revision, old.published_on, old.place, old.portal, old.fields)
  is not (new.state, new.topic, new.revision, new.published_on, new.place, new.portal, new.fields)
begin
  delete from _current_figures where article = new.id;
  insert into _current_figures select * from _figures_that_count where article = new.id;
  delete from _current_offices where article = new.id;
  insert into _current_offices select * from _offices_that_count where article = new.id;
  delete from _current_citations where article = new.id;
  insert into _current_citations select * from _citations_that_count where article = new.id;
  delete from _current_fields where article = new.id;
  insert into _current_fields select * from _fields_that_count where article = new.id;
end;
create trigger _text_was_examined after update of evidence_version on revisions
when new.id = (select revision from articles where id = new.article)
begin
  delete from _current_figures where article = new.article;
  insert into _current_figures select * from _figures_that_count where article = new.article;
  delete from _current_offices where article = new.article;
  insert into _current_offices select * from _offices_that_count where article = new.article;
  delete from _current_citations where article = new.article;
  insert into _current_citations select * from _citations_that_count where article = new.article;
end;
create trigger _measure_changed after update of field, unit on measures
when (old.field, old.unit) is not (new.field, new.unit)
begin
  delete from _current_figures where measure = new.id;
  insert into _current_figures select * from _figures_that_count where measure = new.id;
end;
create trigger _portal_moved after update of place on portals
when old.place is not new.place
begin
  delete from _current_figures where portal = new.id;
  insert into _current_figures select * from _figures_that_count where portal = new.id;
end;
-- One row of ``_current_figures``, and each column of another table looked up for it: joined, a count of the rows, which
-- Datasette asks for on every page, would look up each of a million.
drop view current_indicators;
create view current_indicators as
select f.id, f.portal, f.published_on, (select event_on from articles where id = f.article) as event_on,
  (select title from articles where id = f.article) as title, (select url from articles where id = f.article) as url,
  (select place from articles where id = f.article) as article_place, f.field, f.measure,
  (select name_vi from measures where id = f.measure) as name_vi,
  (select name_en from measures where id = f.measure) as name_en,
  (select label from indicators where id = f.id) as label, (select part from indicators where id = f.id) as part,
  (select printed from indicators where id = f.id) as printed, f.value,
  (select value_max from indicators where id = f.id) as value_max,
  f.unit, (select qualifier from indicators where id = f.id) as qualifier, f.direction, f.period,
  (select place from indicators where id = f.id) as place, f.province, f.province_now,
  (select sentence from indicators where id = f.id) as sentence,
  (select span_start from indicators where id = f.id) as span_start,
  (select span_end from indicators where id = f.id) as span_end, (select rule from indicators where id = f.id) as rule,
  (select ambiguous from indicators where id = f.id) as ambiguous, f.article, f.revision
from _current_figures f;
create view figure_series as
select f.published_on, f.period, f.year, f.months, f.until_month, f.measure,
  (select name_vi from measures where id = f.measure) as name_vi,
  (select name_en from measures where id = f.measure) as name_en, f.field, f.province, f.province_now,
  coalesce((select place from indicators where id = f.id), (select place from articles where id = f.article)) as place,
  f.whole_province, f.direction, (select printed from indicators where id = f.id) as printed, f.value,
  (select value_max from indicators where id = f.id) as value_max,
  f.unit, f.relative,
  (select qualifier from indicators where id = f.id) as qualifier,
  (select ambiguous from indicators where id = f.id) as ambiguous,
  (select sentence from indicators where id = f.id) as sentence,
  (select title from articles where id = f.article) as title, (select url from articles where id = f.article) as url,
  f.portal, f.article, f.id as indicator
from _current_figures f where f.series = 1;
create view corrected as
select c.seen_at, a.published_on, a.title, iif(m.id is null, c.field, null) as field, m.id as measure, m.name_vi,
  m.name_en, c.before, c.after, a.state, a.url, a.portal, c.article, c.revision, c.id as correction
from corrections c join articles a on a.id = c.article left join measures m on m.id = c.field;
create view disappeared as
select gone_at, last_seen_at, first_seen_at, published_on, title, topic, revision_count as revisions, url, section,
  portal, id as article
from articles where state = 'gone';
-- The portal's counter by the hour: how far it rose, how much of that was us, how often it was set back. An hour has a
-- row where the counter was seen in it. ``own_risen`` are our own views of those observations that another one stands before:
-- what the first one counted nobody knows. ``day`` is local. ``Visits`` keeps it up.
create table visit_hours (
  portal text not null references portals(id), hour text not null, day text not null, observations integer not null,
  resets integer not null, total integer not null, risen integer not null, own integer not null,
  own_risen integer not null, primary key (portal, hour)
);
create index idx_visit_hours_day on visit_hours(day);
create index idx_visit_hours_portal_day on visit_hours(
  portal, day, hour, risen, own, own_risen, total, observations, resets);
insert into visit_hours
with steps as (
  select portal, substr(observed_at, 1, 13) || ':00Z' as hour, total, own_requests, reset, case when reset then 0
    else total - lag(total) over (partition by portal order by observed_at, id) end as risen
  from visit_counts where total is not null)
select portal, hour, date(hour, '+7 hours'), count(*), sum(reset), max(total), coalesce(sum(risen), 0),
  sum(own_requests), sum(iif(risen is null, 0, own_requests))
from steps group by portal, hour;
create view visits_hourly as
select h.day, strftime('%Y-%m-%dT%H:00', h.hour, '+7 hours') as hour, max(0, h.risen - h.own_risen) as others, h.own,
  h.total, h.observations, h.resets, (select strftime('%Y-%m-%dT%H:00', max(p.hour), '+7 hours') from visit_hours p
  where p.portal = h.portal and p.hour < h.hour) as since_hour, h.hour as hour_utc, h.portal
from visit_hours h;
create view visits_daily as
select h.day, sum(max(0, h.risen - h.own_risen)) as others, sum(h.own) as own, max(h.total) as total,
  sum(h.observations) as observations, sum(h.resets) as resets, (select max(p.day) from visit_hours p
  where p.portal = h.portal and p.day < h.day) as since_day, h.portal
from visit_hours h group by h.portal, h.day;
-- Every bulletin that is known of, once for each section that lists it, its month and where it stands: what
-- ``_bulletins_known_of`` says, kept. ``plan.coverage`` has the rule; only it estimates the month of what bears no date,
-- and tells by an address the section of what no section lists. Portals are few and go first, so that one bulletin is
-- found by its portal and id.
create table _known_bulletins (
  installation text not null, source_id text not null, section text not null, portal text not null, month text,
  standing text not null, primary key (installation, source_id, section)
) without rowid;
create index idx__known_bulletins_month on _known_bulletins(section, month, standing, portal);
create view _bulletins_known_of as
select p.installation, l.source_id, l.section, l.portal, substr(coalesce(a.published_on, l.published_on), 1, 7) as month,
  case when l.state = 'gone' then iif(a.id is null and exists (select 1 from mementos m where m.portal = l.portal
      and m.source_id = l.source_id and m.kind = 'article' and coalesce(m.http_status, 200) = 200
      and m.state in ('found', 'failed')), 'missing', 'gone')
    when a.id is not null then 'archived' when l.state in ('out_of_range', 'failed') then l.state
    else 'missing' end as standing
from portals p cross join listings l on l.portal = p.id
left join articles a on a.installation = p.installation and a.source_id = l.source_id
union all
select a.installation, a.source_id, coalesce(a.section, a.portal || '/(not listed)'), a.portal,
  substr(a.published_on, 1, 7), iif(a.state = 'gone', 'gone', 'archived')
from articles a
where not exists (select 1 from listings l where l.portal = a.portal and l.source_id = a.source_id)
union all
select p.installation, m.source_id, m.portal || '/(not listed)', m.portal, null,
  iif(max(m.state = 'out_of_range'), 'out_of_range', 'missing')
from portals p cross join mementos m on m.portal = p.id
where m.kind = 'article' and m.source_id is not null and coalesce(m.http_status, 200) = 200 and m.state <> 'no_content'
and not exists (select 1 from listings l where l.portal = m.portal and l.source_id = m.source_id)
and not exists (select 1 from articles a where a.installation = p.installation and a.source_id = m.source_id)
group by p.installation, m.portal, m.source_id;
insert into _known_bulletins select * from _bulletins_known_of;
create trigger _listed after insert on listings
begin
  delete from _known_bulletins where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
  insert into _known_bulletins select * from _bulletins_known_of where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
end;
create trigger _listed_otherwise after update of state, published_on on listings
when (old.state, old.published_on) is not (new.state, new.published_on)
begin
  delete from _known_bulletins where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
  insert into _known_bulletins select * from _bulletins_known_of where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
end;
create trigger _taken_in after insert on articles
begin
  delete from _known_bulletins where source_id = new.source_id and installation = new.installation;
  insert into _known_bulletins select * from _bulletins_known_of
    where source_id = new.source_id and installation = new.installation;
end;
create trigger _stands_otherwise after update of state, published_on, section on articles
when (old.state, old.published_on, old.section) is not (new.state, new.published_on, new.section)
begin
  delete from _known_bulletins where source_id = new.source_id and installation = new.installation;
  insert into _known_bulletins select * from _bulletins_known_of
    where source_id = new.source_id and installation = new.installation;
end;
create trigger _index_named after insert on mementos
when new.kind = 'article' and new.source_id is not null
begin
  delete from _known_bulletins where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
  insert into _known_bulletins select * from _bulletins_known_of where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
end;
create trigger _memento_tried after update of state, http_status on mementos
when new.kind = 'article' and new.source_id is not null
  and (old.state, old.http_status) is not (new.state, new.http_status)
begin
  delete from _known_bulletins where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
  insert into _known_bulletins select * from _bulletins_known_of where source_id = new.source_id
    and installation = (select installation from portals where id = new.portal);
end;
create view coverage_by_month as
select section, month, count(*) as listed, sum(standing = 'archived') as archived, sum(standing = 'missing') as missing,
  sum(standing = 'failed') as failed, sum(standing = 'gone') as gone, sum(standing = 'out_of_range') as out_of_range,
  portal
from _known_bulletins group by section, month;
create view section_freshness as
select s.portal, s.id as section, s.name,
  (select max(a.published_on) from articles a where a.section = s.id) as newest_published_on,
  cast(julianday('now', '+7 hours', 'start of day') - julianday((select max(a.published_on) from articles a
    where a.section = s.id)) as integer) as days_since_newest,
  (select max(l.last_listed_at) from listings l where l.section = s.id) as last_listed_at,
  (select r.finished_at from runs r where r.portal = s.portal and r.source <> 'archive'
    and r.verdict in ('complete', 'empty_expected') order by r.started_at desc, r.id desc limit 1) as last_success_at,
  (select r.verdict from runs r where r.portal = s.portal order by r.started_at desc, r.id desc limit 1) as last_verdict,
  (select count(*) from failures f where f.portal = s.portal and f.resolved_at is null) as open_failures
from sections s;
create view runs_by_day as
select date(r.started_at, '+7 hours') as day, r.portal, count(*) as runs,
  sum(r.verdict in ('complete', 'empty_expected')) as complete,
  sum(coalesce(r.verdict, '') not in ('complete', 'empty_expected')) as not_complete,
  sum(r.added) as added, sum(r.revised) as revised, sum(r.gone) as gone, sum(r.failed) as failed,
  sum(r.requests) as requests, sum(r.bytes) as bytes
from runs r group by date(r.started_at, '+7 hours'), r.portal;
-- Who is named, found by parts of a name with and without accents: the tokenizer folds every letter but đ.
create virtual table _people_fts using fts5 (
  folded, person unindexed, tokenize='unicode61 remove_diacritics 2'
);
insert into _people_fts select replace(replace(name, 'đ', 'd'), 'Đ', 'D'), name from people;
create trigger _person_named after insert on people
begin
  insert into _people_fts values (replace(replace(new.name, 'đ', 'd'), 'Đ', 'D'), new.name);
end;
