package ingest

import "strconv"

// Fault says why a record was refused. Its form is Mixpanel's, in the answers of /import.
type Fault struct {
	Index    int    `json:"index"` // the record's place in the request, from 0
	InsertID string `json:"$insert_id"`
	Field    string `json:"field"`
	Message  string `json:"message"`
}

// String is the fault in one line.
func (f Fault) String() string {
	line := "record " + strconv.Itoa(f.Index) + ": "
	if f.Field != "" {
		line += f.Field + ": "
	}
	return line + f.Message
}

// fault is what is wrong with a record; the zero value is nothing.
type problem struct{ field, message string }

var recordTooLong = problem{"", "the record is longer than 2 MiB"}
