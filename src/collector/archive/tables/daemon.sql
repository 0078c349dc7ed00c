-- What a daemon that nobody watches leaves behind: each time it was due, and each trouble that it told somebody of.
--
-- A due time has one row. ``ran`` and ``late`` have a run of their own; ``coalesced`` ones were answered by the run of a
-- later one (the machine slept, or the portal was given time to recover), ``overlapped`` ones by the run that was still
-- under way; ``missed`` ones came while no daemon was there. After the clock was set back a time may be due twice.
create table ticks (
  id integer primary key, portal text not null references portals(id), due_at text not null, started_at text,
  state text not null check (state in ('ran', 'late', 'missed', 'coalesced', 'overlapped')),
  run integer references runs(id)
);
create index idx_ticks_portal on ticks(portal, due_at);
create index idx_ticks_state on ticks(state);
create index idx_ticks_run on ticks(run);
-- An incident is a trouble that has lasted ``strikes`` polls; of each cause one is open at a time, a portal's, a section's
-- or (both null) the archive's own. ``first_at``: the first of those polls. ``told_at`` and ``recovery_told_at``: when
-- whoever is to be told was, so that a message that could not be sent is sent later; ``reminders``: so many since.
create table incidents (
  id integer primary key, portal text references portals(id), section text references sections(id), cause text not null,
  detail text not null, first_at text not null, opened_at text not null, last_at text not null,
  strikes integer not null, told_at text, reminded_at text, reminders integer not null default 0,
  closed_at text, recovery_told_at text
);
create index idx_incidents_portal on incidents(portal);
create index idx_incidents_section on incidents(section);
create unique index idx_incidents_open on incidents(coalesce(portal, ''), coalesce(section, ''), cause)
where closed_at is null;
-- Troubles that have not lasted long enough yet: polls in a row that saw them. Empty: the archive's own.
create table _troubles (
  portal text not null, section text not null, cause text not null, detail text not null, first_at text not null,
  last_at text not null, strikes integer not null, primary key (portal, section, cause)
) without rowid;
-- Hosts that do not answer: asked ever more rarely, and never given up. A row goes when the host answers.
create table _silent_hosts (
  host text primary key, cause text not null, polls integer not null, since text not null, next_try_at text not null
) without rowid;
