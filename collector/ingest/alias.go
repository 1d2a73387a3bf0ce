package ingest

import (
	"strings"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity"
)

const (
	year2000MS = 946_684_800_000
	yearMS     = 366 * 24 * 60 * 60_000
)

// checkAlias returns what is wrong with a `$create_alias`. A claim that is accepted holds for ever, so that one which no sound client makes
// is refused at once.
func (request Request) checkAlias(e event.Event) problem {
	time := e.SentMS + e.ClockMS
	switch {
	// Broken pages send placeholders such as "undefined". An alias to one would make one person of all their visitors.
	case !identity.IsValidID(e.Alias):
		return problem{"properties.alias", "an alias must be an id of one person: not empty, not a placeholder, at most 255 bytes"}
	case !identity.IsValidID(e.DistinctID):
		return problem{"properties.distinct_id", "an alias needs the distinct_id of one person: not empty, not a placeholder, at most 255 bytes"}
	case e.Alias == e.DistinctID:
		return problem{"properties.alias", "the alias is its own distinct_id"}
	// Clients make up the first for a device on which nobody has signed in, the collector the second for an event without a usable id. To
	// claim such an id is to claim a stranger's history.
	case strings.HasPrefix(e.Alias, identity.DevicePrefix), strings.HasPrefix(e.Alias, anonymousPrefix):
		return problem{"properties.alias", "the id of a device or of an anonymous event can be no alias: alias an id of your own to it"}
	case e.SentMS != 0 && (time < year2000MS || time > request.ReceivedMS+yearMS):
		return problem{"properties.time", "an alias must have a time between the year 2000 and a year from now"}
	}
	return problem{}
}
