package ingest

import "strconv"

// Fault is why a record was refused, in the format that Mixpanel's /import uses.
type Fault struct {
	Index    int    `json:"index"` // the record's place in the request, from 0
	InsertID string `json:"$insert_id"`
	Field    string `json:"field"`
	Message  string `json:"message"`
}

// maxFaultID is the length in bytes up to which a fault repeats the record's insert id. Mixpanel's have at most 36.
const maxFaultID = 255

// String returns the fault in one line.
func (f Fault) String() string {
	line := "record " + strconv.Itoa(f.Index) + ": "
	if f.Field != "" {
		line += f.Field + ": "
	}
	return line + f.Message
}

// problem is what is wrong with a record; the zero value stands for a valid record.
type problem struct{ field, message string }

var recordTooLong = problem{"", "the record is longer than 2 MiB"}
