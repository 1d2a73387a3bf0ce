package ingest

// UnknownToken is the message where a project may not send.
const UnknownToken = "unknown token"

// reasons are the classes of what can be wrong with a record, by the field that it is wrong in.
var reasons = map[string]string{
	"": "record", "event": "name", "properties": "properties", "properties.token": "token", "properties.distinct_id": "distinct_id",
	"properties.alias": "alias", "properties.time": "time", "properties.$insert_id": "insert_id", "$token": "token", "$distinct_id": "distinct_id",
}

// Reason returns the class of what is wrong, which is one of a list: record (no JSON object, or too long), name, properties, token,
// unknown_token, distinct_id, alias, time, insert_id, and other.
func (f Fault) Reason() string {
	if f.Message == UnknownToken {
		return "unknown_token"
	}
	if reason, known := reasons[f.Field]; known {
		return reason
	}
	return "other"
}
