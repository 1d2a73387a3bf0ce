//go:build js || tinygo

// The identity graph as a WebAssembly program, for tests of a site's own: they see the people that the collector would.
package main

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
	"github.com/throughline/throughline/wasm/border"
)

var graph = identity.NewGraph()

func main() { select {} }

// claim takes a `$create_alias`: a JSON array of alias, distinct_id and insert id, and its place in the order in which claims were accepted.
// It answers with the owner of the alias where that is somebody else.
//
//go:wasmexport claim
func claim(bytes uint32, seq float64) uint32 {
	fields := parseClaim(border.Text(bytes))
	change := graph.Add(identity.Claim{Alias: fields[0], DistinctID: fields[1], Seq: int64(seq), InsertID: fields[2]})
	if change.Conflict == nil {
		return border.Reply("")
	}
	return border.Reply(change.Conflict.Owner)
}

// person answers with the ids of the person that an id belongs to, as a JSON array, the original first.
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
