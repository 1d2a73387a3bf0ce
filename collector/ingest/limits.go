package ingest

// Limits on what one request may bring. More than fits a request is the client's to split (413); an event that is too much by itself is
// refused by name, and the others of its request are stored.
const (
	MaxBody    = 10 << 20 // bytes, packed and unpacked: what Mixpanel takes on /import
	MaxRecords = 2000     // as Mixpanel on /import
	MaxRecord  = 2 << 20  // bytes
	MaxName    = 255      // bytes of an event's name: as Mixpanel
	MaxID      = 1024     // bytes of a token or an insert id. What a distinct_id may be, identity.UsableID says
)
