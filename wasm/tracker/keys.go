package tracker

// Keys in localStorage, and in IndexedDB. js/src/record.ts knows the record's too.
const (
	recordPrefix   = "tl_"
	outboxPrefix   = "tlo_"
	lockPrefix     = "tls_"
	storageTestKey = "tlp" // what is written there shows whether storage works; js/src/core/storage.ts has it too
)

// spaceOf names what belongs to one visitor of one project: the token, and the persistence_name where the page gave one.
func storageNamespace(token, persistenceName string) string {
	if persistenceName == "" {
		return token
	}
	return token + "_" + persistenceName
}
