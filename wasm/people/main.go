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
// accepted claims. It answers 1 if the alias already belongs to somebody else, otherwise 0.
//
//go:wasmexport claim
func claim(bytes uint32, seq float64) uint32 {
	fields := parseClaim(border.Text(bytes))
	change := graph.Add(identity.Claim{Alias: fields[0], DistinctID: fields[1], Seq: int64(seq), InsertID: fields[2]})
	if change.Conflict != nil && change.Conflict.Reason == identity.ReasonTaken {
		return 1
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
