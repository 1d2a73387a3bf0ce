CREATE TABLE projects (
	id INTEGER PRIMARY KEY,
	token TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
	id INTEGER PRIMARY KEY,
	project INTEGER NOT NULL,
	event TEXT NOT NULL,
	distinct_id TEXT NOT NULL,
	sent_ms INTEGER NOT NULL, -- the client's time, 0 where it gave none
	received_ms INTEGER NOT NULL,
	insert_id TEXT NOT NULL,
	alias TEXT NOT NULL, -- of a $create_alias, else ''
	properties TEXT NOT NULL,
	-- Every event once. The time goes first: events come in about the order of their times, so a commit changes a few neighbouring
	-- pages of this index. With the random insert_id in front it changes a page for nearly every event (measured: half the speed).
	UNIQUE (sent_ms, insert_id, distinct_id, event, project)
) STRICT;

-- Newest first, and what came after: an index entry ends in the row's id.
CREATE INDEX events_by_project ON events (project);

-- All that is needed to know who is who, read at each start without touching the events.
CREATE INDEX claims ON events (received_ms, sent_ms, project, alias, distinct_id, insert_id) WHERE alias <> '';

-- How many events carry an id. An index on events would say it too, at twice the price of every insert.
CREATE TABLE visitors (
	project INTEGER NOT NULL,
	distinct_id TEXT NOT NULL,
	events INTEGER NOT NULL,
	PRIMARY KEY (project, distinct_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE updates (
	id INTEGER PRIMARY KEY,
	project INTEGER NOT NULL,
	group_key TEXT NOT NULL, -- '' for a person
	subject TEXT NOT NULL, -- the person's distinct_id, or the group's id
	operations TEXT NOT NULL,
	received_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX updates_by_subject ON updates (project, group_key, subject);
