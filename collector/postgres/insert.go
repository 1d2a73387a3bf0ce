package postgres

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

// Every statement of a commit asks for the turn with the number of deletions that the collector knows of ($1). If there are more, the first one finds no
// row, and none of them does anything.
const (
	turnSQL = `WITH turn AS MATERIALIZED (SELECT FROM turn WHERE one AND erasures = $1 FOR UPDATE)`
	inTurn  = `EXISTS (SELECT FROM turn WHERE one AND erasures = $1)`

	// The columns are unnested side by side in the list of what is selected, which takes less than in FROM, where each would be stored first.
	//
	// addEventsSQL gives as many ids as there are events ($2), in the order of the events, and adds those that are not there yet, with a row of the
	// log. No other commit can give ids in between, and a number that is not used is lost.
	addEventsSQL = eventsSQL + `) AS e` + conflictSQL
	// addEventsAfterErasureSQL also leaves out what is of before the deletion of its person. It needs to know when each event happened ($13), and the
	// hashes of its ids ($14, $15).
	addEventsAfterErasureSQL = eventsSQL + `,
				unnest($13::bigint[]) AS happened_ms, unnest($14::bytea[]) AS hash, unnest($15::bytea[]) AS alias_hash) AS e
			WHERE NOT EXISTS (SELECT FROM erased_ids AS x WHERE x.project = e.project AND x.hash = e.hash AND e.happened_ms < x.before_ms)
				AND NOT EXISTS (SELECT FROM erased_ids AS x WHERE x.project = e.project AND x.hash = e.alias_hash AND e.happened_ms < x.before_ms)` + conflictSQL

	eventColumnNames = `project, key, sent_ms, clock_ms, event, distinct_id, insert_id, alias, properties`
	eventsSQL        = turnSQL + `,
		base AS MATERIALIZED (SELECT setval('event_ids', nextval('event_ids') + $2::bigint - 1) - $2::bigint AS id FROM turn),
		new AS (
			INSERT INTO events (id, received_ms, ` + eventColumnNames + `)
			SELECT base.id + e.place, $3::bigint, ` + eventColumnNames + `
			FROM base CROSS JOIN (SELECT generate_series(1, $2::bigint) AS place, unnest($4::int[]) AS project, unnest($5::uuid[]) AS key,
				unnest($6::bigint[]) AS sent_ms, unnest($7::bigint[]) AS clock_ms, unnest($8::text[]) AS event, unnest($9::text[]) AS distinct_id,
				unnest($10::text[]) AS insert_id, unnest($11::text[]) AS alias, unnest($12::text[]) AS properties`
	conflictSQL = `
			ON CONFLICT (key, project) DO NOTHING RETURNING project),
		logged AS (
			INSERT INTO log (n, tokens, erased)
			SELECT nextval('log_numbers'), ARRAY(SELECT token FROM projects WHERE id IN (SELECT project FROM new)), false FROM base RETURNING tokens)
		SELECT tokens, (SELECT count(*) FROM new) FROM logged`

	// logSQL is for a commit without events.
	logSQL = turnSQL + `, logged AS (INSERT INTO log (n, tokens, erased) SELECT nextval('log_numbers'), '{}', false FROM turn RETURNING tokens)
		SELECT tokens, 0::bigint FROM logged`

	// addClaimsSQL adds the claims of the events that were added, by their places among the events. It is a statement of its own because it must see
	// every claim that was added before the turn came.
	addClaimsSQL = `WITH base AS MATERIALIZED (SELECT currval('event_ids') - $2::bigint AS id),
		made AS (
			SELECT DISTINCT ON (c.project, c.alias, c.distinct_id) c.project, base.id + c.place AS seq, c.alias, c.distinct_id, c.time_ms, c.insert_id
			FROM base CROSS JOIN unnest($3::bigint[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[])
				AS c(place, project, alias, distinct_id, time_ms, insert_id)
			WHERE ` + inTurn + ` AND EXISTS (SELECT FROM events AS e WHERE e.project = c.project AND e.id = base.id + c.place)
			ORDER BY c.project, c.alias, c.distinct_id, c.place)
		INSERT INTO claims (project, seq, alias, distinct_id, first, time_ms, insert_id)
		SELECT project, seq, alias, distinct_id,
			row_number() OVER (PARTITION BY project, alias ORDER BY seq) = 1
				AND NOT EXISTS (SELECT FROM claims AS c WHERE c.project = made.project AND c.alias = made.alias AND c.first),
			time_ms, insert_id
		FROM made ON CONFLICT (project, distinct_id, alias) DO NOTHING
		RETURNING project, seq, alias, distinct_id, time_ms, insert_id`

	// addUpdatesSQL adds updates, except for those of before the deletion of their person.
	addUpdatesSQL = `WITH base AS MATERIALIZED (
			SELECT setval('update_ids', nextval('update_ids') + $2::bigint - 1) - $2::bigint AS id FROM turn WHERE one AND erasures = $1)
		INSERT INTO updates (project, group_key, subject, id, operations, forget)
		SELECT u.project, u.group_key, u.subject, base.id + u.place, u.operations, CASE WHEN u.deletes AND u.group_key = '' THEN base.id + u.place ELSE 0 END
		FROM base CROSS JOIN unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::bigint[], $9::bytea[])
			WITH ORDINALITY AS u(project, group_key, subject, operations, deletes, made_ms, hash, place)
		WHERE NOT EXISTS (SELECT FROM erased_ids AS x WHERE x.project = u.project AND x.hash = u.hash AND u.made_ms < x.before_ms)`

	// deleteUpdatesSQL deletes what came before each $delete among the updates, by its place.
	deleteUpdatesSQL = `WITH base AS MATERIALIZED (SELECT currval('update_ids') - $2::bigint AS id)
		DELETE FROM updates AS u USING base, unnest($3::int[], $4::text[], $5::text[], $6::bigint[]) AS d(project, group_key, subject, place)
		WHERE u.project = d.project AND u.group_key = d.group_key AND u.subject = d.subject AND u.id < base.id + d.place AND ` + inTurn + `
			AND EXISTS (SELECT FROM updates AS x
				WHERE x.project = d.project AND x.group_key = d.group_key AND x.subject = d.subject AND x.id = base.id + d.place)`
)

// never is when something happened of which nobody knows when: no deletion is after it.
const never = math.MaxInt64

// rows are what a commit adds, as the columns that its statements take.
type rows struct {
	erasures, nowMS int64
	tokenOf         map[int32]string
	events          eventColumns
	claims          claimColumns
	updates         updateColumns
	deletes         deleteColumns
}

type eventColumns struct {
	projects                                           []int32
	keys                                               [][16]byte
	sent, clock                                        []int64
	names, distinctIDs, insertIDs, aliases, properties []string
	// Only where persons were deleted.
	happened            []int64
	hashes, aliasHashes [][]byte
}

type claimColumns struct {
	places                          []int64
	projects                        []int32
	aliases, distinctIDs, insertIDs []string
	times                           []int64
}

type updateColumns struct {
	projects                        []int32
	groupKeys, subjects, operations []string
	deletes                         []bool
	made                            []int64
	hashes                          [][]byte
}

type deleteColumns struct {
	projects            []int32
	groupKeys, subjects []string
	places              []int64
}

func newRows(batches []event.Batch, projects map[string]int32, erasures, nowMS int64) *rows {
	r := &rows{erasures: erasures, nowMS: nowMS, tokenOf: make(map[int32]string, len(projects))}
	for token, id := range projects {
		r.tokenOf[id] = token
	}
	events := 0
	for _, b := range batches {
		events += len(b.Events)
	}
	r.events.grow(events)
	for _, b := range batches {
		for i := range b.Events {
			r.addEvent(cleanEvent(b.Events[i]), projects)
		}
		for i := range b.Updates {
			r.addUpdate(cleanUpdate(b.Updates[i]), projects)
		}
	}
	return r
}

func (c *eventColumns) grow(n int) {
	c.projects, c.keys = make([]int32, 0, n), make([][16]byte, 0, n)
	c.sent, c.clock = make([]int64, 0, n), make([]int64, 0, n)
	c.names, c.distinctIDs, c.insertIDs = make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	c.aliases, c.properties = make([]string, 0, n), make([]string, 0, n)
}

func (r *rows) addEvent(e event.Event, projects map[string]int32) {
	c, project := &r.events, projects[e.Token]
	c.projects, c.keys = append(c.projects, project), append(c.keys, keyOf(&e))
	c.sent, c.clock = append(c.sent, e.SentMS), append(c.clock, e.ClockMS)
	c.names, c.distinctIDs, c.insertIDs = append(c.names, e.Name), append(c.distinctIDs, e.DistinctID), append(c.insertIDs, e.InsertID)
	c.aliases, c.properties = append(c.aliases, e.Alias), append(c.properties, e.Properties)
	if r.erasures > 0 {
		happened := e.SentMS + e.ClockMS
		if e.SentMS == 0 {
			happened = never
		}
		c.happened = append(c.happened, happened)
		c.hashes, c.aliasHashes = append(c.hashes, hashOf(e.Token, e.DistinctID)), append(c.aliasHashes, hashOf(e.Token, e.Alias))
	}
	claim, ok := event.Stored{Event: e, ReceivedMS: r.nowMS}.Claim()
	if !ok {
		return
	}
	m := &r.claims
	m.places, m.projects, m.times = append(m.places, int64(len(c.projects))), append(m.projects, project), append(m.times, claim.TimeMS)
	m.aliases, m.distinctIDs, m.insertIDs = append(m.aliases, claim.Alias), append(m.distinctIDs, claim.DistinctID), append(m.insertIDs, claim.InsertID)
}

func (r *rows) addUpdate(u event.Update, projects map[string]int32) {
	c, project := &r.updates, projects[u.Token]
	made := u.TimeMS
	if made == 0 || u.GroupKey != "" {
		made = never
	}
	c.projects, c.deletes, c.made = append(c.projects, project), append(c.deletes, u.Deletes), append(c.made, made)
	c.groupKeys, c.subjects, c.operations = append(c.groupKeys, u.GroupKey), append(c.subjects, u.Subject), append(c.operations, u.Operations)
	c.hashes = append(c.hashes, hashOf(u.Token, u.Subject))
	if u.Deletes {
		d := &r.deletes
		d.projects, d.places = append(d.projects, project), append(d.places, int64(len(c.projects)))
		d.groupKeys, d.subjects = append(d.groupKeys, u.GroupKey), append(d.subjects, u.Subject)
	}
}

// hashOf returns by what a deleted id is known; nil for none.
func hashOf(token, id string) []byte {
	if id == "" {
		return nil
	}
	return store.HashOf(token, id)
}

// queue adds the statements of the commit.
func (r *rows) queue(statements *pgx.Batch) {
	e, count := &r.events, int64(len(r.events.projects))
	switch {
	case count == 0:
		statements.Queue(logSQL, r.erasures)
	case r.erasures == 0:
		statements.Queue(addEventsSQL, r.erasures, count, r.nowMS, e.projects, e.keys, e.sent, e.clock, e.names, e.distinctIDs, e.insertIDs, e.aliases, e.properties)
	default:
		statements.Queue(addEventsAfterErasureSQL, r.erasures, count, r.nowMS, e.projects, e.keys, e.sent, e.clock, e.names, e.distinctIDs, e.insertIDs, e.aliases,
			e.properties, e.happened, e.hashes, e.aliasHashes)
	}
	if c := &r.claims; len(c.places) > 0 {
		statements.Queue(addClaimsSQL, r.erasures, count, c.places, c.projects, c.aliases, c.distinctIDs, c.times, c.insertIDs)
	}
	u, count := &r.updates, int64(len(r.updates.projects))
	if count == 0 {
		return
	}
	statements.Queue(addUpdatesSQL, r.erasures, count, u.projects, u.groupKeys, u.subjects, u.operations, u.deletes, u.made, u.hashes)
	if d := &r.deletes; len(d.projects) > 0 {
		statements.Queue(deleteUpdatesSQL, r.erasures, count, d.projects, d.groupKeys, d.subjects, d.places)
	}
}

// clean returns a text that PostgreSQL takes: it has no NUL, and is UTF-8.
func clean(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "\ufffd")
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	return text
}

func cleanAll(texts []string) []string {
	cleaned := make([]string, len(texts))
	for i, text := range texts {
		cleaned[i] = clean(text)
	}
	return cleaned
}

func cleanEvent(e event.Event) event.Event {
	e.Token, e.Name, e.DistinctID, e.InsertID = clean(e.Token), clean(e.Name), clean(e.DistinctID), clean(e.InsertID)
	e.Alias, e.Properties = clean(e.Alias), clean(e.Properties)
	return e
}

func cleanUpdate(u event.Update) event.Update {
	u.Token, u.GroupKey, u.Subject, u.Operations = clean(u.Token), clean(u.GroupKey), clean(u.Subject), clean(u.Operations)
	return u
}
