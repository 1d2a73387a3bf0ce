CREATE TABLE projects (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	token text COLLATE "C" NOT NULL UNIQUE
);

-- Every commit of every collector takes the turn: its one row is locked from before ids are given until the commit is durable. So all collectors see
-- the same order, ids of events grow in it, and whoever reads on after the last one that they saw misses nothing.
CREATE TABLE turn (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	erasures bigint NOT NULL DEFAULT 0 -- grows with each deletion of a person: a commit that has not heard of one does nothing, and is made again
);
INSERT INTO turn DEFAULT VALUES;

CREATE SEQUENCE event_ids;
CREATE SEQUENCE update_ids;
CREATE SEQUENCE log_numbers;

CREATE TABLE events (
	project int NOT NULL,
	id bigint NOT NULL,
	-- What an event is known by, so that it is stored once: the upper 48 bits of its time, then 80 of a hash of all. The time goes first, so that a
	-- commit changes a few neighbouring pages of the index.
	key uuid NOT NULL,
	sent_ms bigint NOT NULL, -- the client's time, 0 where it gave none
	clock_ms bigint NOT NULL, -- what must be added to it, because the client's clock was wrong
	received_ms bigint NOT NULL,
	event text COLLATE "C" NOT NULL,
	distinct_id text COLLATE "C" NOT NULL,
	insert_id text COLLATE "C" NOT NULL,
	alias text COLLATE "C" NOT NULL, -- of a $create_alias, else ''
	properties text NOT NULL, -- as it was sent
	UNIQUE (key, project)
);
CREATE UNIQUE INDEX events_by_project ON events (project, id);
CREATE INDEX events_by_distinct_id ON events (project, distinct_id, id);

-- Who is who is asked of this table whenever somebody wants to know. A claim that repeats another one says nothing new, and is stored once.
CREATE TABLE claims (
	project int NOT NULL,
	seq bigint NOT NULL, -- the id of the event that made the claim first
	alias text COLLATE "C" NOT NULL,
	distinct_id text COLLATE "C" NOT NULL,
	first boolean NOT NULL, -- of the claims to its alias, which holds; false for one that lost
	time_ms bigint NOT NULL, -- the event's: it is shown, and decides nothing
	insert_id text COLLATE "C" NOT NULL,
	PRIMARY KEY (project, distinct_id, alias)
);
CREATE UNIQUE INDEX claims_that_hold ON claims (project, alias) WHERE first;
CREATE INDEX claims_that_lost ON claims (project, alias, seq) WHERE NOT first;
CREATE INDEX claims_by_distinct_id ON claims (project, distinct_id, first, alias);

CREATE TABLE updates (
	project int NOT NULL,
	group_key text COLLATE "C" NOT NULL, -- '' for a person
	subject text COLLATE "C" NOT NULL, -- the person's distinct_id, or the group's id
	id bigint NOT NULL,
	operations text NOT NULL,
	summary boolean NOT NULL DEFAULT false, -- operations is a summary of what was there up to this id
	forget bigint NOT NULL DEFAULT 0, -- the id of a $delete, until what the person's other ids had is deleted too
	PRIMARY KEY (project, group_key, subject, id)
);
CREATE INDEX updates_to_forget ON updates (project, id) WHERE forget > 0;

-- What each commit added, for those who show it live: read by every collector, and kept for an hour. Also a commit that found everything there
-- already has a row, so that its acknowledgement waits for the standby as the first one did.
CREATE TABLE log (
	n bigint PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	tokens text[] NOT NULL,
	erased boolean NOT NULL
);

-- The record of persons who were deleted: when, and how much was deleted, but not who it was.
CREATE TABLE erasures (
	id bigint GENERATED ALWAYS AS IDENTITY,
	project int NOT NULL,
	asked_ms bigint NOT NULL,
	done_ms bigint NOT NULL DEFAULT 0, -- 0 while events are still being deleted
	ids int NOT NULL,
	updates int NOT NULL,
	events int NOT NULL DEFAULT 0,
	events_to bigint NOT NULL, -- the newest event that there was
	events_done bigint NOT NULL DEFAULT 0, -- the last one that was looked at
	PRIMARY KEY (project, id)
);
CREATE INDEX erasures_to_do ON erasures (id) WHERE done_ms = 0;

-- The ids of deleted persons, as hashes: an event of before the deletion that a client still has is not stored again.
CREATE TABLE erased_ids (
	project int NOT NULL,
	hash bytea NOT NULL,
	before_ms bigint NOT NULL,
	erasure bigint NOT NULL,
	PRIMARY KEY (project, hash)
);
CREATE INDEX erased_ids_by_erasure ON erased_ids (erasure);
