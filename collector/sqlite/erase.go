package sqlite

import (
	"crypto/sha256"

	"github.com/ncruces/go-sqlite3"

	"github.com/throughline/throughline/collector/event"
)

const erasedSQL = `SELECT before_ms FROM erased_ids WHERE project = ? AND hash = ?`

// hashOf returns by what an erased id is known. Tokens keep two projects' hashes of one id apart.
func hashOf(token, id string) []byte {
	hash := sha256.Sum256([]byte(token + "\x00" + id))
	return hash[:16]
}

// isErased reports whether an event is of before the deletion of the person that its distinct_id, or the alias in it, belonged to.
func (c *commit) isErased(project int64, e *event.Event) (bool, error) {
	if !c.anyErased || e.SentMS == 0 {
		return false, nil
	}
	for _, id := range []string{e.DistinctID, e.Alias} {
		if id == "" {
			continue
		}
		before, known := c.erasedBefore[visitor{project, id}]
		if !known {
			err := c.read(func(row *sqlite3.Stmt) bool { before = row.ColumnInt64(0); return false }, erasedSQL, project, hashOf(e.Token, id))
			if err != nil {
				return false, err
			}
			c.erasedBefore[visitor{project, id}] = before
		}
		if e.SentMS < before {
			return true, nil
		}
	}
	return false, nil
}
