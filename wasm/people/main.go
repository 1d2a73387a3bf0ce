//go:build js || tinygo

// The identity graph as a WebAssembly program of its own, for the testing kit: a site's tests see the same people as the collector
// would compute. It is not part of what a page loads.
package main

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/border"
)

var graph = identity.NewGraph()

func main() { select {} }

// claim adds a `$create_alias`: a JSON array of alias, distinct_id and insert id, and its position in the order in which the collector
// accepted claims. It answers 1 if a claim for another distinct_id holds, otherwise 0. As with the collector, two ids of one person are no
// exception: whoever guesses them must not learn that they are.
//
//go:wasmexport claim
func claim(bytes uint32, seq float64) uint32 {
	fields := parseClaim(border.Text(bytes))
	alias, distinctID := fields[0], fields[1]
	graph.Add(identity.Claim{Alias: alias, DistinctID: distinctID, Seq: int64(seq), InsertID: fields[2]})
	for _, member := range graph.Person(alias).IDs {
		if member.DistinctID == alias && member.Joined == identity.JoinedAlias && member.AliasOf != distinctID {
			return 1
		}
	}
	return 0
}

// person answers with the ids of the person that an id belongs to: a JSON array that begins with the original id.
//
//go:wasmexport person
func person(bytes uint32) uint32 {
	answer := []byte{'['}
	for i, member := range graph.Person(border.Text(bytes)).IDs {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = jsontext.AppendQuote(answer, member.DistinctID)
	}
	return border.Reply(string(append(answer, ']')))
}

func parseClaim(array string) [3]string {
	var fields [3]string
	i := 0
	_ = jsontext.Array(array, func(raw string) bool {
		fields[i], _ = jsontext.Unquote(raw)
		i++
		return i < len(fields)
	})
	return fields
}
