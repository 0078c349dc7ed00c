-- Portals to failures: everything that a run observes.
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
