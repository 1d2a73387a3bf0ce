package ingest

// Limits of one request. A request that is too large is refused as a whole (413), so that the client splits it. An event that is too large
// by itself is refused as one record, and the others of its request are stored.
const (
	MaxBody    = 10 << 20 // bytes, compressed and decompressed; Mixpanel's limit for /import
	MaxRecords = 2000     // Mixpanel's limit for /import
	MaxRecord  = 2 << 20  // bytes
	MaxName    = 255      // bytes of an event's name; Mixpanel's limit
	MaxID      = 1024     // bytes of a token or an insert id; identity.IsValidID limits distinct_ids
)
