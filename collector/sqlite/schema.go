package sqlite

// migrations bring a database from version to version; PRAGMA user_version says which it has. Only ever append.
var migrations = [...]string{
	`CREATE TABLE events (
		id INTEGER PRIMARY KEY,
		token TEXT NOT NULL,
		event TEXT NOT NULL,
		distinct_id TEXT NOT NULL,
		time_ms INTEGER NOT NULL,
		insert_id TEXT NOT NULL,
		alias TEXT NOT NULL DEFAULT '',
		properties TEXT NOT NULL,
		received_ms INTEGER NOT NULL,
		UNIQUE (insert_id, distinct_id, time_ms, event, token)
	) STRICT;
	CREATE INDEX events_by_project ON events (token, id);
	CREATE INDEX events_by_person ON events (token, distinct_id);
	CREATE INDEX claims ON events (id) WHERE alias <> '';
	CREATE TABLE updates (
		id INTEGER PRIMARY KEY,
		token TEXT NOT NULL,
		grp TEXT NOT NULL,
		distinct_id TEXT NOT NULL,
		operations TEXT NOT NULL,
		received_ms INTEGER NOT NULL
	) STRICT;
	CREATE INDEX updates_by_person ON updates (token, distinct_id, id);`,
}

// pragmas hold for every connection. WAL lets readers go on while the writer writes; FULL makes a commit wait for the disk, so that
// neither a killed process nor a power cut loses what was acknowledged; the group commit of the writer pays for it.
const pragmas = "?_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_txlock=immediate"
