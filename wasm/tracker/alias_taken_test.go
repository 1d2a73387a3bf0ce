package tracker

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/wasm/outbox"
)

const aliasOwner = "$device:the-owner"

// answerAlias lets a visitor claim the alias U, and answers the request with these entries of alias_taken.
func answerAlias(t *testing.T, entries string) (*visitorTab, map[string]string) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodTrack, `["Before"]`)
	p.task(MethodAlias, `["U"]`)
	p.Locked(events, now)
	require.Len(t, *p.sent, 1)
	p.Answered(events, 1, outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1,"error":null,"alias_taken":` + entries + `}`}, now)
	p.task(MethodTrack, `["After"]`)
	return p, storage
}

// The visitor goes on under the alias and is told why. Nothing that a page can see or that it sends says whose the alias is, even if an older
// collector answers so.
func TestTakenAlias(t *testing.T) {
	const claim = `"alias":"U","distinct_id":"$device:d1"`
	for name, entries := range map[string]string{
		"an answer":              `[{` + claim + `,"insert_id":"page-2"}]`,
		"of an older collector":  `[{"alias":"U","owner":"` + aliasOwner + `","distinct_id":"$device:d1","insert_id":"page-2"}]`,
		"of a later collector":   `[{"reason":{"alias":"V"},` + claim + `,"insert_id":"page-2","more":[1]}]`,
		"twice":                  `[{` + claim + `,"insert_id":"page-2"},{` + claim + `,"insert_id":"page-2"}]`,
		"among others":           `[{"alias":"V","distinct_id":"$device:d9","insert_id":"x"},7,null,{` + claim + `,"insert_id":"page-2"}]`,
		"without the insert id":  `[{` + claim + `}]`,
		"with odd insert ids":    `[{` + claim + `,"insert_id":{}},{` + claim + `,"insert_id":"\u0000"}]`,
		"owned by the visitor":   `[{` + claim + `,"owner":"$device:d1"}]`,
		"with an odd owner":      `[{` + claim + `,"owner":{"alias":"V","distinct_id":"` + aliasOwner + `"}}]`,
		"with the ids escaped":   `[{"alias":"\u0055","distinct_id":"\u0024device:d1"}]`,
		"with white space in it": " [ {\n\t" + `"alias" : "U" , "distinct_id" : "$device:d1" } ] `,
	} {
		t.Run(name, func(t *testing.T) {
			p, storage := answerAlias(t, entries)
			assert.Equal(t, "U", p.visitor.DistinctID())
			assert.Equal(t, []string{"$identify", "After"}, waitingEvents(storage))
			assert.Equal(t, map[string]string{"$identify": "U", "After": "U"}, tracked(storage))
			require.Len(t, *p.warnings, 1)
			assert.Contains(t, (*p.warnings)[0], `"what":"The alias U is taken already, so this device's earlier events ($device:d1) stay `)
			for _, text := range slices.Concat(*p.warnings, slices.Collect(maps.Values(storage)), *p.sent) {
				assert.NotContains(t, text, aliasOwner)
			}
		})
	}
}

// An answer that is not about the visitor's own claim changes nothing, whoever gives it.
func TestTakenAliasOfAnotherClaim(t *testing.T) {
	const many = 20_000
	for name, entries := range map[string]string{
		"nothing":                       `[]`,
		"no list":                       `{"alias":"U","distinct_id":"$device:d1"}`,
		"an alias never claimed":        `[{"alias":"V","owner":"` + aliasOwner + `","distinct_id":"$device:d1","insert_id":"page-2"}]`,
		"of another visitor":            `[{"alias":"U","owner":"` + aliasOwner + `","distinct_id":"$device:d2","insert_id":"page-2"}]`,
		"of another visitor, own owner": `[{"alias":"U","owner":"$device:d1","distinct_id":"$device:d2","insert_id":"page-2"}]`,
		"the ids in each other's place": `[{"alias":"$device:d1","distinct_id":"U","insert_id":"page-2"}]`,
		"no distinct_id":                `[{"alias":"U","owner":"` + aliasOwner + `","insert_id":"page-2"}]`,
		"no alias":                      `[{"distinct_id":"$device:d1","insert_id":"page-2"}]`,
		"empty ids":                     `[{"alias":"","distinct_id":"","insert_id":""}]`,
		"no ids at all":                 `[{"alias":7,"distinct_id":true},{"alias":["U"],"distinct_id":null},{"alias":{},"distinct_id":"$device:d1"},7,"U",null]`,
		"placeholders":                  `[{"alias":"undefined","distinct_id":"$device:d1"},{"alias":"U\u0000","distinct_id":"$device:d1"},{"alias":"U","distinct_id":"null"}]`,
		"a great many":                  `[` + strings.Repeat(`{"alias":"V","distinct_id":"$device:d1"},`, many) + `{}]`,
	} {
		t.Run(name, func(t *testing.T) {
			p, storage := answerAlias(t, entries)
			assert.Equal(t, "$device:d1", p.visitor.DistinctID())
			assert.Equal(t, "U", p.visitor.Record().Alias)
			assert.Empty(t, *p.warnings)
			assert.Equal(t, []string{"After"}, waitingEvents(storage), "the claim was delivered all the same")
		})
	}
}

// An answer to the claim of the visitor before says nothing of the next one, even if that one claims the same alias.
func TestTakenAliasOfTheVisitorBefore(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodAlias, `["U"]`)
	p.Locked(events, now)
	p.task(MethodReset, `[]`)
	next := p.visitor.DistinctID()
	p.task(MethodAlias, `["U"]`)
	p.Answered(events, 1, outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1,"alias_taken":[{"alias":"U","distinct_id":"$device:d1","insert_id":"page-1"}]}`}, now)
	assert.Equal(t, next, p.visitor.DistinctID())
	assert.Empty(t, *p.warnings)
}

// A collector's answer that was cut on its way is quoted in a warning, but not what an older collector said of the owner.
func TestDamagedAnswerDoesNotShowTheOwner(t *testing.T) {
	storage, now := map[string]string{}, int64(1000)
	p := openVisitorTab(storage, "page", &now)
	p.task(MethodAlias, `["U"]`)
	p.Locked(events, now)
	p.Answered(events, 1, outbox.Answer{Status: 200, RetryAfterMS: -1, Body: `{"status":1,"error":null,"alias_taken":[{"alias":"U","owner":"` + aliasOwner + `","dist`}, now)
	require.Len(t, *p.warnings, 1)
	assert.Contains(t, (*p.warnings)[0], "collector_misanswered")
	assert.NotContains(t, (*p.warnings)[0], aliasOwner)
	assert.Equal(t, []string{"$create_alias"}, waitingEvents(storage))
}

// A proxy often answers with a status alone: the warning says that there was no text, and not "()".
func TestMisansweredWithAnEmptyBody(t *testing.T) {
	now := int64(1000)
	p := openVisitorTab(map[string]string{}, "page", &now)
	p.task(MethodAlias, `["U"]`)
	p.Locked(events, now)
	p.Answered(events, 1, outbox.Answer{Status: 404, RetryAfterMS: -1}, now)
	require.Len(t, *p.warnings, 1)
	assert.Contains(t, (*p.warnings)[0], " answered 404 (with an empty body), and took no event")
}
