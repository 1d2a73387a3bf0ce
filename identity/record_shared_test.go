package identity

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// subdomain is a visitor on one subdomain, which shares a cookie with others as wasm/tracker does.
type subdomain struct {
	*Visitor
	base   *Record
	text   string
	cookie *string
}

func openSubdomain(record *Record, cookie *string) *subdomain {
	return &subdomain{Visitor: NewVisitor(Config{Token: "T", PageID: "page"}, record), cookie: cookie}
}

// see reads the cookie, as a page does that becomes visible.
func (s *subdomain) see() {
	if *s.cookie == "" || *s.cookie == s.text {
		return
	}
	base := s.base
	if s.text == "" {
		base = s.Record()
	}
	s.text = *s.cookie
	mine := s.Record()
	s.ReplaceRecord(MergeShared(base, mine, s.text))
	s.base, _ = ParseRecord(s.text)
}

// save writes the cookie, after reading it.
func (s *subdomain) save() {
	s.see()
	s.BeginLine()
	s.text = s.SharedJSON(4000)
	s.base, _ = ParseRecord(s.text)
	*s.cookie = s.text
}

func TestJoiningTwoSubdomains(t *testing.T) {
	anonymous := func(id string, at int64) *Record {
		r := NewRecord(id)
		r.IdentityChangedMS = at
		r.Super.Set("of_"+id, "1")
		r.Waiting.Set("w-"+id, `[{"$set":{"a":1}}]`)
		return r
	}
	known := func(id string, at int64) *Record {
		r := anonymous("d-"+id, at)
		r.DistinctID, r.UserID, r.Waiting = id, id, Properties{}
		return r
	}
	aliased := anonymous("d9", 50)
	aliased.Alias, aliased.AliasState, aliased.AliasInsertID = "jane", AliasSent, "a1"
	optedOut := anonymous("d3", 0)
	optedOut.OptedOut, optedOut.OptChangedMS, optedOut.Waiting = true, 500, Properties{}
	tests := []struct {
		name         string
		first, later *Record // the one that wrote the cookie first, and the one that finds it
		winner       string
		super        []string
		optedOut     bool
		waiting      int // of the later
	}{
		{"two anonymous: the cookie's", anonymous("d1", 0), anonymous("d2", 0), "$device:d1", []string{"of_d1", "of_d2"}, false, 1},
		{"two anonymous, one after a reset", anonymous("d1", 0), anonymous("d2", 10), "$device:d2", []string{"of_d1", "of_d2"}, false, 1},
		{"an identified one, known to the cookie", known("jane", 10), anonymous("d2", 99), "jane", []string{"of_d-jane", "of_d2"}, false, 1},
		{"an identified one, new to the cookie", anonymous("d1", 99), known("jane", 10), "jane", []string{"of_d-jane", "of_d1"}, false, 0},
		{"an aliased one counts as identified", aliased, anonymous("d2", 99), "$device:d9", []string{"of_d2", "of_d9"}, false, 1},
		{"two persons: the later", known("jane", 10), known("joe", 20), "joe", []string{"of_d-joe"}, false, 0},
		{"two persons: the later, in the cookie", known("jane", 30), known("joe", 20), "jane", []string{"of_d-jane"}, false, 0},
		{"the same person", known("jane", 10), known("jane", 20), "jane", []string{"of_d-jane"}, false, 0},
		{"an opt-out stays", optedOut, anonymous("d4", 9), "$device:d4", []string{"of_d3", "of_d4"}, true, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cookie := ""
			www := openSubdomain(test.first, &cookie)
			www.save()
			shop := openSubdomain(test.later, &cookie)
			shop.save()
			www.save()
			shop.save()
			for name, visitor := range map[string]*subdomain{"www": www, "shop": shop} {
				assert.Equal(t, test.winner, visitor.DistinctID(), name)
				assert.Equal(t, test.optedOut, visitor.OptedOut(), name)
				names := []string{}
				super := visitor.Record().Super
				super.Each(func(name, _ string) bool {
					names = append(names, name)
					return true
				})
				assert.Equal(t, test.super, names, name)
			}
			waiting := shop.Record().Waiting
			assert.Equal(t, test.waiting, waiting.Len(), "profile updates that wait")
			assert.Equal(t, www.Record().Epoch, shop.Record().Epoch)
		})
	}
}

func TestSharedRecordFitsInACookie(t *testing.T) {
	cookie := ""
	www := openSubdomain(NewRecord("d1"), &cookie)
	www.Identify(Call{TimeMS: 10, InsertID: "i"}, `"jane"`)
	www.Register(Call{TimeMS: 11}, Value(`{"large":"`+strings.Repeat("é", 3000)+`"}`))
	www.TimeEvent(Call{TimeMS: 12}, `"E"`)
	www.save()
	assert.LessOrEqual(t, CookieLen(cookie), 4000)
	assert.NotContains(t, cookie, "é")
	shop := openSubdomain(NewRecord("d2"), &cookie)
	shop.see()
	assert.Equal(t, "jane", shop.DistinctID())
	shop.Register(Call{TimeMS: 20}, `{"small":1}`)
	shop.save()
	www.save()
	for _, name := range []string{"large", "small"} {
		_, ok := www.Property(name)
		assert.True(t, ok, name)
	}
	www.Unregister(Call{TimeMS: 30}, `"small"`)
	www.save()
	shop.see()
	_, ok := shop.Property("small")
	assert.False(t, ok, "what one removes, the other removes too")
	_, runs := www.stopTimer("E")
	assert.True(t, runs, "timers stay where they were started")
}

func TestCookieLen(t *testing.T) {
	for text, length := range map[string]int{"": 0, "aZ9-_.!~*'()": 12, "{}": 6, " é€": 3 + 6 + 9, "😀": 12} {
		assert.Equal(t, length, CookieLen(text), text)
	}
}

// However the subdomains take turns, once each has seen the other's last change they agree on who the visitor is, and on all that is shared.
func TestSubdomainsAgree(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		cookie := ""
		all := []*subdomain{}
		for i, id := range []string{"d1", "d2", "d3"} {
			all = append(all, openSubdomain(NewRecord(id), &cookie))
			if random.IntN(3) == 0 {
				all[i].Identify(Call{TimeMS: int64(i), InsertID: "before-" + id}, String("user-"+id))
			}
		}
		log := []string{}
		for step := range 40 {
			s := random.IntN(len(all))
			at := Call{TimeMS: int64(1000 + step*10), InsertID: "page-" + string(rune('a'+step/10)) + string(rune('a'+step%10))}
			all[s].see()
			operation := random.IntN(8)
			switch operation {
			case 0:
				all[s].Identify(at, String("user-"+string(rune('a'+random.IntN(3)))))
			case 1:
				all[s].Reset(at, "new-"+string(rune('a'+step/10))+string(rune('a'+step%10)))
			case 2:
				all[s].Alias(at, String("alias-"+string(rune('a'+random.IntN(3)))), "")
			case 3:
				all[s].OptOut(at)
			case 4:
				all[s].OptIn(at)
			case 5:
				all[s].Unregister(at, `"p"`)
			default:
				all[s].Register(at, Value(`{"p":`+string(rune('0'+step%10))+`}`))
			}
			all[s].save()
			log = append(log, string(rune('A'+s))+string(rune('0'+operation)))
		}
		for range 3 {
			for _, s := range all {
				s.save()
			}
		}
		want := all[0].Record().SharedJSON(4000)
		for _, s := range all[1:] {
			if !assert.Equal(t, want, s.Record().SharedJSON(4000), "seed %d: %v", seed, log) {
				return
			}
		}
		text := cookie
		all[0].save()
		assert.Equal(t, text, cookie, "there is nothing left to write")
	}
}
