package identity_test

import (
	"fmt"

	"github.com/throughline/throughline/identity"
)

// A visitor browses, calls alias once at sign-up, and identify at login on another device: one person.
func Example() {
	graph := identity.NewGraph()
	calls := int64(0)
	at := func() identity.Call { calls++; return identity.Call{TimeMS: calls, InsertID: fmt.Sprint(calls)} }
	deliver := func(o identity.Outcome) {
		for _, m := range o.Messages {
			if m.Alias != "" {
				graph.Add(identity.Claim{Alias: m.Alias, DistinctID: m.DistinctID, TimeMS: m.TimeMS, InsertID: m.InsertID})
			}
			fmt.Printf("%-14s %-17s is %s\n", m.Event, m.DistinctID, graph.Resolve(m.DistinctID))
		}
	}

	laptop := identity.NewVisitor(identity.Config{Token: "project"}, identity.NewRecord("laptop"))
	deliver(laptop.Track(at(), identity.String("Item Viewed"), `{"price": 19.99}`))
	deliver(laptop.Alias(at(), identity.String("U"), "")) // sign-up
	deliver(laptop.Track(at(), identity.String("Bought"), ""))

	phone := identity.NewVisitor(identity.Config{Token: "project"}, identity.NewRecord("phone"))
	deliver(phone.Identify(at(), identity.String("U"))) // login
	deliver(phone.Track(at(), identity.String("Bought"), ""))

	laptop.Reset(at(), "laptop-2") // logout
	deliver(laptop.Track(at(), identity.String("Item Viewed"), ""))
	// Output:
	// Item Viewed    $device:laptop    is $device:laptop
	// $create_alias  $device:laptop    is $device:laptop
	// Bought         $device:laptop    is $device:laptop
	// $identify      U                 is $device:laptop
	// Bought         U                 is $device:laptop
	// Item Viewed    $device:laptop-2  is $device:laptop-2
}

func ExampleVisitor_Alias() {
	visitor := identity.NewVisitor(identity.Config{Token: "project"}, identity.NewRecord("laptop"))
	visitor.Identify(identity.Call{TimeMS: 1, InsertID: "a"}, identity.String("U"))
	late := visitor.Alias(identity.Call{TimeMS: 2, InsertID: "b"}, identity.String("U"), "")
	for _, w := range late.Warnings {
		fmt.Println(w.Code)
		fmt.Println(w.What)
		fmt.Println(w.Mend)
	}
	// Output:
	// alias_after_identify
	// alias(U) came after identify(U): what this visitor did before carries $device:laptop, and nothing links that to the new id any more.
	// At sign-up call alias(newId) first, while the visitor is still anonymous, and identify(newId) after it.
}

func ExampleVisitor_Record() {
	visitor := identity.NewVisitor(identity.Config{Token: "project"}, identity.NewRecord("laptop"))
	visitor.Register(identity.Call{}, `{"plan": "pro"}`)
	stored := visitor.Record().AppendJSON(nil)
	fmt.Println(string(stored))

	record, problems := identity.ParseRecord(string(stored))
	fmt.Println(record.DistinctID, len(problems))
	// Output:
	// {"distinct_id":"$device:laptop","device_id":"laptop","props":{"plan":"pro"}}
	// $device:laptop 0
}

// Two devices claim one alias. The claim that the collector accepted first wins, whatever the clocks of the devices say and whichever claim is
// added first. The other one is a conflict.
func ExampleGraph() {
	laptop := identity.Claim{Alias: "U", DistinctID: "D1", Seq: 1, TimeMS: 7_200_000, InsertID: "a"}
	slow := identity.Claim{Alias: "U", DistinctID: "D2", Seq: 2, TimeMS: 3_600_000, InsertID: "b"} // Its clock is an hour behind.
	for _, order := range [][]identity.Claim{{laptop, slow}, {slow, laptop}} {
		graph := identity.NewGraph()
		for _, claim := range order {
			graph.Add(claim)
		}
		person := graph.Person("U")
		for _, member := range person.IDs {
			fmt.Println(member.Joined, member.DistinctID)
		}
		for _, c := range person.Conflicts {
			fmt.Printf("%s wanted %s, which belongs to %s\n", c.DistinctID, c.Alias, c.Owner)
		}
	}
	// Output:
	// original D1
	// alias U
	// D2 wanted U, which belongs to D1
	// original D1
	// alias U
	// D2 wanted U, which belongs to D1
}

func ExampleSuggestName() {
	like, ok := identity.SuggestName("Signd Up", []string{"Signed Up", "Logged In"})
	fmt.Println(like, ok)
	// Output: Signed Up true
}

func ExampleMergeRecords() {
	base := identity.NewRecord("laptop")
	mine := identity.NewVisitor(identity.Config{}, base)
	theirs := identity.NewVisitor(identity.Config{}, base)
	mine.Register(identity.Call{}, `{"plan": "pro"}`)
	theirs.Register(identity.Call{}, `{"seats": 5}`)
	merged := identity.MergeRecords(base, mine.Record(), theirs.Record())
	fmt.Println(string(merged.Super.AppendJSON(nil)))
	// Output: {"plan":"pro","seats":5}
}

func ExampleNewDeviceID() {
	fmt.Println(identity.NewDeviceID([16]byte{0xde, 0xad, 0xbe, 0xef}))
	// Output: deadbeef-0000-4000-8000-000000000000
}
