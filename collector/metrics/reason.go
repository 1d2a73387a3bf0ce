package metrics

// Reason is why a request was refused as a whole.
type Reason string

// The reasons.
const (
	BadMethod       Reason = "method"        // neither GET nor POST
	BadCallback     Reason = "callback"      // a JSONP callback that is no name
	BadEncoding     Reason = "encoding"      // an unknown Content-Encoding
	TooLarge        Reason = "too_large"     // a body, or what it unpacks to, is over the limit
	TooManyRecords  Reason = "too_many"      // records
	NoData          Reason = "no_data"       // an empty body
	NotJSON         Reason = "not_json"      // a body that cannot be read
	BadGzip         Reason = "gzip"          // a body that does not unpack
	Incomplete      Reason = "incomplete"    // a body that did not come whole
	BodyTimeout     Reason = "timeout"       // a body that did not come in time
	OutOfMemory     Reason = "memory"        // the memory budget is in use by others: 503
	NeverFits       Reason = "memory_never"  // it needs more than the whole budget: 413
	AddressRate     Reason = "address_rate"  // --rate-per-address
	TokenRate       Reason = "token_rate"    // --rate-per-token
	Unauthenticated Reason = "no_credential" // /import without Basic authentication
	WrongSecret     Reason = "wrong_secret"  // /import with a secret that is not the project's
	SecretRate      Reason = "secret_rate"   // too many wrong secrets are being tried
	NotStored       Reason = "not_stored"    // the store could not store it: 503
)

var reasons = [...]Reason{
	BadMethod, BadCallback, BadEncoding, TooLarge, TooManyRecords, NoData, NotJSON, BadGzip, Incomplete, BodyTimeout, OutOfMemory, NeverFits,
	AddressRate, TokenRate, Unauthenticated, WrongSecret, SecretRate, NotStored,
}
