-- Who owns an alias hangs on the order in which this collector accepted the claims, which a sequence of its own keeps: AUTOINCREMENT never
-- gives a number twice, not even after rows were deleted, and a VACUUM, a dump and a restore keep it. Events have no such sequence.
DROP INDEX claims;

CREATE TABLE claims (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	project INTEGER NOT NULL,
	alias TEXT NOT NULL,
	distinct_id TEXT NOT NULL,
	time_ms INTEGER NOT NULL, -- the event's: it is shown, and decides nothing
	insert_id TEXT NOT NULL
) STRICT;

-- Until now the claims were ordered by the clients' clocks. Those that are here keep that order, so that everybody stays who they are; what
-- comes from now on comes after them. An alias of itself claims nothing.
INSERT INTO claims (seq, project, alias, distinct_id, time_ms, insert_id)
SELECT row_number() OVER (ORDER BY time_ms, insert_id, distinct_id, alias, id), project, alias, distinct_id, time_ms, insert_id
FROM (
	SELECT *, CASE sent_ms WHEN 0 THEN received_ms ELSE sent_ms END AS time_ms FROM events WHERE alias <> '' AND alias <> distinct_id
);
