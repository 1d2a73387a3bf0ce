package tracker

// Prefixes of keys in localStorage and IndexedDB. js/src/record.ts also has recordPrefix.
const (
	recordPrefix   = "tl_"
	outboxPrefix   = "tlo_"
	lockPrefix     = "tls_"
	storageTestKey = "tlp" // written to test whether storage works; js/src/core/guarded-storage.ts has the same key
)

// storageNamespace returns the part of the keys that identifies one visitor of one project: the token and, if the page set one, the
// persistence_name.
func storageNamespace(token, persistenceName string) string {
	if persistenceName == "" {
		return token
	}
	return token + "_" + persistenceName
}
