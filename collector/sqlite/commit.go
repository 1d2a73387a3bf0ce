package sqlite

import (
	"errors"

	"github.com/throughline/throughline/collector/event"
)

// commit is one transaction of the writer.
type commit struct {
	*writer
	nowMS         int64
	eventCounts   map[visitor]int64
	changedTokens map[string]struct{}
	claims        []event.Claim
	erasedBefore  map[visitor]int64 // what isErased has looked up
	erased        bool              // claims were deleted
	forgets       bool              // a person's profile was deleted
	counts        event.Commit
}

type visitor struct {
	project    int64
	distinctID string
}

// maxCachedProjects limits the memory of the cache; the database has all projects.
const maxCachedProjects = 10_000

func (c *commit) project(token string) (int64, error) {
	if id, known := c.projects[token]; known {
		return id, nil
	}
	add, find := c.statements.addProject, c.statements.findProject
	if err := errors.Join(add.BindText(1, token), add.Exec(), find.BindText(1, token)); err != nil {
		return 0, err
	}
	find.Step()
	id := find.ColumnInt64(0)
	if err := find.Reset(); err != nil {
		return 0, err
	}
	if len(c.projects) >= maxCachedProjects {
		clear(c.projects)
	}
	c.projects[token] = id
	return id, nil
}

func (c *commit) addEvent(e *event.Event) error {
	project, err := c.project(e.Token)
	if err != nil {
		return err
	}
	if e.SentMS != 0 {
		if erased, err := c.isErased(project, e.Token, e.SentMS+e.ClockMS, e.DistinctID, e.Alias); erased || err != nil {
			c.counts.Erased++
			return err
		}
	}
	id, err := c.nextEventID()
	if err != nil {
		return err
	}
	if err := execute(c.statements.addEvent, id, project, e.Name, e.DistinctID, e.SentMS, c.nowMS, e.InsertID, e.Alias, e.Properties, e.ClockMS); err != nil {
		return err
	}
	if c.conn.Changes() == 0 {
		c.counts.Duplicates++
		return nil // The event is already stored.
	}
	c.newestKnown = true
	c.counts.Events++
	c.eventCounts[visitor{project, e.DistinctID}]++
	c.changedTokens[e.Token] = struct{}{}
	return c.addClaim(project, event.Stored{Event: *e, ReceivedMS: c.nowMS})
}

// addClaim stores the event's claim, if it makes one, and assigns its Seq. There is one writer, so Seq follows the order of commits and,
// within one, the order of requests.
func (c *commit) addClaim(project int64, e event.Stored) error {
	claim, ok := e.Claim()
	if !ok {
		return nil
	}
	if err := execute(c.statements.addClaim, project, claim.Alias, claim.DistinctID, claim.TimeMS, claim.InsertID); err != nil {
		return err
	}
	if c.conn.Changes() == 0 {
		return nil // Another event made the same claim before.
	}
	claim.Seq = c.conn.LastInsertRowID()
	c.claims = append(c.claims, claim)
	return nil
}

func (c *commit) addEventCounts() error {
	for v, events := range c.eventCounts {
		if err := execute(c.statements.countVisitor, v.project, v.distinctID, events); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) changes() event.Changes {
	changes := event.Changes{Claims: c.claims, Erased: c.erased}
	for token := range c.changedTokens {
		changes.Tokens = append(changes.Tokens, token)
	}
	return changes
}
