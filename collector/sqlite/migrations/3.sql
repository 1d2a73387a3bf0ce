-- Who is who is asked of this table whenever somebody wants to know, so that neither memory nor a start grows with the number of aliases.
-- A claim that repeats another one says nothing new: it is stored once, with the number under which it was accepted first.
CREATE TABLE unique_claims (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	project INTEGER NOT NULL,
	alias TEXT NOT NULL,
	distinct_id TEXT NOT NULL,
	first INTEGER NOT NULL, -- 1 for the first of the claims to its alias, which holds; 0 for one that lost
	time_ms INTEGER NOT NULL, -- the event's: it is shown, and decides nothing
	insert_id TEXT NOT NULL,
	UNIQUE (project, distinct_id, first, alias) -- finds the aliases of an id by name, and the claims of an id that lost
) STRICT;

INSERT INTO unique_claims (seq, project, alias, distinct_id, first, time_ms, insert_id)
SELECT min(seq), project, alias, distinct_id, rank = 1, time_ms, insert_id
FROM (SELECT *, row_number() OVER (PARTITION BY project, alias ORDER BY seq) AS rank FROM claims)
GROUP BY project, alias, distinct_id
ORDER BY 1;

-- The numbers go on after the last one that was ever given, even if that claim is gone.
DELETE FROM sqlite_sequence WHERE name = 'unique_claims';
INSERT INTO sqlite_sequence (name, seq) SELECT 'unique_claims', seq FROM sqlite_sequence WHERE name = 'claims';

DROP TABLE claims;
ALTER TABLE unique_claims RENAME TO claims;

-- The claims to one alias in the order of acceptance, for an entry of an index ends in the row's seq.
CREATE INDEX claims_by_alias ON claims (project, alias);

-- Of many updates of one profile a summary is kept (package people), so that a profile takes the room and the time of what it has, not of all
-- that was ever done to it. Each row carries what decides about the next summary.
ALTER TABLE updates ADD COLUMN summary INTEGER NOT NULL DEFAULT 0; -- 1 where operations is a summary
ALTER TABLE updates ADD COLUMN summary_bytes INTEGER NOT NULL DEFAULT 0; -- of the summary before this row
ALTER TABLE updates ADD COLUMN updates_since INTEGER NOT NULL DEFAULT 0; -- since that summary, with this one
ALTER TABLE updates ADD COLUMN bytes_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN forget INTEGER NOT NULL DEFAULT 0; -- the id of a $delete, until what the person's other ids had is deleted too
CREATE INDEX updates_to_forget ON updates (project) WHERE forget > 0;

-- What must be added to sent_ms where the client's clock was wrong and it said by how much. sent_ms stays what was sent: by it an event that is
-- sent again is known.
ALTER TABLE events ADD COLUMN clock_ms INTEGER NOT NULL DEFAULT 0;

-- The record of persons who were deleted: when, and how much was deleted, but not who it was.
CREATE TABLE erasures (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	project INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	done_ms INTEGER NOT NULL DEFAULT 0, -- 0 while events are still being deleted
	ids INTEGER NOT NULL,
	updates INTEGER NOT NULL,
	events INTEGER NOT NULL DEFAULT 0,
	events_to INTEGER NOT NULL, -- the newest event that there was; -1 while ids are still being deleted
	events_done INTEGER NOT NULL DEFAULT 0 -- the last one that was looked at: deleting goes on after it, also after a restart
) STRICT;

-- The ids of deleted persons, as hashes: an event of before the deletion that a client still has is not stored again.
CREATE TABLE erased_ids (
	project INTEGER NOT NULL,
	hash BLOB NOT NULL,
	before_ms INTEGER NOT NULL,
	erasure INTEGER NOT NULL,
	counted_to INTEGER NOT NULL, -- the newest event that there was: up to it, visitors counts none of the id's any more
	PRIMARY KEY (project, hash)
) STRICT, WITHOUT ROWID;

-- The greatest id of an event that there was when events were last deleted. SQLite gives one more than the greatest id that there is; an id that was
-- given before would be missed by whoever reads on after the last event that they have seen.
CREATE TABLE event_ids (given INTEGER NOT NULL) STRICT;
INSERT INTO event_ids VALUES (0);
