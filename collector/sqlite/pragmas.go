package sqlite

// The settings of each connection, with the reasons.
const (
	// With a write-ahead log, readers are not blocked by the writer, and a commit is one append and one fsync.
	walMode = "PRAGMA journal_mode = WAL"

	writerPragmas = `
		PRAGMA page_size = 8192;             -- of a new database: a tenth faster than 4096 with rows of a kilobyte
		PRAGMA synchronous = FULL;           -- a commit returns when it is on the disk: neither kill -9 nor a power cut takes it back
		PRAGMA busy_timeout = 2000;          -- somebody else's short lock (a backup, a shell) is waited for; clients ask again after that
		PRAGMA cache_size = -65536;          -- 64 MiB: the inner pages of every index, and the leaves that are written now
		PRAGMA wal_autocheckpoint = 1000;    -- 8 MiB of log at most, so a start after a crash reads little
		PRAGMA journal_size_limit = 67108864; -- a burst's log is cut back to 64 MiB
		PRAGMA secure_delete = ON;           -- what was deleted is overwritten: whoever asks to be forgotten is not left in free pages
		PRAGMA trusted_schema = OFF;         -- the file may have been in other hands`

	readerPragmas = `
		PRAGMA query_only = ON;
		PRAGMA busy_timeout = 2000;
		PRAGMA cache_size = -8192;
		PRAGMA trusted_schema = OFF`
)
