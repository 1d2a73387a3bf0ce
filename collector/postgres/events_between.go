package postgres

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/throughline/throughline/collector/event"
)

// The time of nearly all events is sent_ms, with which the key begins. The others have an index of their own.
const (
	ownTimeSQL = `(sent_ms <= 0 OR sent_ms >= 140737488355328 OR clock_ms <> 0)`
	ownTime    = `CASE sent_ms WHEN 0 THEN received_ms ELSE sent_ms + clock_ms END`
	betweenSQL = `SELECT ` + columnsSQL + `, key FROM (
			SELECT *, sum(octet_length(properties)) OVER (ORDER BY key) - octet_length(properties) AS before FROM (
				SELECT * FROM events WHERE project = ` + projectSQL + ` AND key > $2 AND key < $3 AND NOT ` + ownTimeSQL + ` ORDER BY key LIMIT $4) AS page) AS measured
		WHERE before < $5 ORDER BY key`
	ownTimeBetweenSQL = `SELECT ` + columnsSQL + `, key FROM (
			SELECT *, sum(octet_length(properties)) OVER (ORDER BY ` + ownTime + `, id) - octet_length(properties) AS before FROM (
				SELECT * FROM events WHERE project = ` + projectSQL + ` AND ` + ownTimeSQL + ` AND ` + ownTime + ` >= $2 AND ` + ownTime + ` < $3
					AND (` + ownTime + ` > $2 OR id > $6) ORDER BY ` + ownTime + `, id LIMIT $4) AS page) AS measured
		WHERE before < $5 ORDER BY ` + ownTime + `, id`
)

// Limits of a page of EventsBetween.
const (
	maxBetween   = 2000
	betweenBytes = 1 << 20
)

// place is where EventsBetween goes on: after that event, in one of the two indexes.
type place struct {
	OwnTime bool   // in the index of those whose time is not sent_ms alone
	Key     []byte `json:",omitempty"`
	TimeMS  int64  `json:",omitempty"`
	ID      int64  `json:",omitempty"`
}

// EventsBetween implements store.Reader.
func (s *Store) EventsBetween(ctx context.Context, token string, fromMS, toMS int64, after string) (events []event.Stored, next string, err error) {
	at := place{Key: firstKey(fromMS)}
	if after != "" {
		if err := json.Unmarshal([]byte(after), &at); err != nil {
			return nil, "", fmt.Errorf("read events: go on: %w", err)
		}
	}
	var e event.Stored
	var key pgtype.UUID
	to := []any{&e.ID, &e.Name, &e.DistinctID, &e.SentMS, &e.ReceivedMS, &e.InsertID, &e.Alias, &e.Properties, &e.ClockMS, &key}
	scan := func() { e.Token = token; events = append(events, e) }
	if at.OwnTime {
		from := fromMS
		if at.ID > 0 {
			from = at.TimeMS
		}
		err = query(ctx, s.readers, to, scan, ownTimeBetweenSQL, clean(token), from, toMS, maxBetween, betweenBytes, at.ID)
	} else {
		err = query(ctx, s.readers, to, scan, betweenSQL, clean(token), uuidOf(at.Key), uuidOf(firstKey(toMS)), maxBetween, betweenBytes)
	}
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read events: %w", err)
	case len(events) == 0 && at.OwnTime:
		return nil, "", nil
	case len(events) == 0:
		at = place{OwnTime: true}
	case at.OwnTime:
		last := events[len(events)-1]
		at = place{OwnTime: true, TimeMS: last.TimeMS(), ID: last.ID}
	default:
		at = place{Key: key.Bytes[:]}
	}
	text, err := json.Marshal(at)
	if err != nil {
		return nil, "", fmt.Errorf("read events: go on: %w", err)
	}
	return events, string(text), nil
}

// firstKey returns the least key that an event at that time, or at the next one that keys are for, can have.
func firstKey(ms int64) []byte {
	var key [16]byte
	ms = min(max(ms, 1), 1<<47)
	copy(key[:6], binary.BigEndian.AppendUint64(nil, uint64(ms))[2:])
	return key[:]
}

func uuidOf(key []byte) pgtype.UUID {
	u := pgtype.UUID{Valid: true}
	copy(u.Bytes[:], key)
	return u
}
