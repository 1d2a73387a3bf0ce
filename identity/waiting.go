package identity

import "github.com/throughline/throughline/identity/jsontext"

// Limits on the profile updates that wait until the visitor is identified. Every change writes all of them to storage.
const (
	MaxWaitingUpdates = 500
	MaxWaitingBytes   = 100_000
)

// mergeInterval is the number of waiting updates at whose multiples they are merged.
const mergeInterval = 50

// sentUpdate is the value in Record.Waiting of an update that was sent. It is kept until the next page load, and it wins where records are merged
// (mergeProperties), because it is greater than any array: so a tab that did not know yet does not send the update again.
const sentUpdate = "null"

// isIdentified reports whether Mixpanel would know whose profile to change: the visitor has logged in, has got an alias, or the page has called
// Identify with the visitor's anonymous distinct_id, which asks for a profile all the same.
func (r *Record) isIdentified() bool { return r.UserID != "" || r.Alias != "" || r.IdentifiedMS != 0 }

// keepUntilIdentified adds an update to those that wait in the record, under a name of its own, so that those of two tabs both stay. Its value
// is an array of one object.
func (v *Visitor) keepUntilIdentified(o *Outcome, call Call, method, update string) {
	waiting := &v.record.Waiting
	if waiting.Len()%mergeInterval == mergeInterval-1 {
		v.record.mergeWaiting()
	}
	if waiting.Len() >= MaxWaitingUpdates || waiting.byteSize()+len(update) > MaxWaitingBytes {
		o.warn(TooManyUpdates, method)
		return
	}
	waiting.Set(call.InsertID, "[{"+update+"}]")
	v.revision++
}

// releaseUpdates sends the updates that waited, if the visitor is identified.
func (v *Visitor) releaseUpdates(o *Outcome) {
	r := &v.record
	if r.OptedOut || !r.isIdentified() {
		return
	}
	isSent := true
	for i := range r.Waiting.items {
		isSent = isSent && r.Waiting.items[i].raw == sentUpdate
	}
	if isSent {
		return
	}
	r.eachWaiting(func(op operation, operands *Properties) { v.updatePerson(o, op, operands, true) })
	o.Answer = "" // Neither identify nor alias returns anything.
	for i := range r.Waiting.items {
		r.Waiting.items[i].raw = sentUpdate
	}
	v.revision++
}

// mergeWaiting merges the waiting updates, and forgets those that were sent. The names that it leaves are the same in all tabs that merge the same
// updates.
func (r *Record) mergeWaiting() {
	var merged []string
	r.eachWaiting(func(op operation, operands *Properties) {
		merged = append(merged, "[{"+formatUpdate(op, operands, "")+"}]")
	})
	r.Waiting.dropFirst(max(0, r.Waiting.Len()-len(merged)))
	for i := range r.Waiting.items {
		r.Waiting.items[i].raw = merged[i]
	}
}

// eachWaiting calls yield for each update that waits, after merging them. What is damaged is left out.
func (r *Record) eachWaiting(yield func(op operation, operands *Properties)) {
	var merged mergedUpdates
	r.Waiting.Each(func(_, raw string) bool {
		_ = jsontext.Object(itemAt(raw, 0), func(operator, operands string) bool {
			for op := range merged {
				if operators[op] == operator {
					merged.addAll(operation(op), operands)
				}
			}
			return true
		})
		return true
	})
	for i := range merged {
		op := operation(i)
		for n := 0; ; n++ {
			var operands Properties
			merged[i].Each(func(name, raw string) bool {
				if op.isOneByOne() {
					raw = itemAt(raw, n)
				}
				if raw != "" {
					operands.Set(name, raw)
				}
				return true
			})
			if operands.Len() > 0 {
				yield(op, &operands)
			}
			if operands.Len() == 0 || !op.isOneByOne() {
				break
			}
		}
	}
}

// mergedUpdates has, by operation, the properties with their operands: raw JSON, and arrays of it where an update takes one by one.
type mergedUpdates [opDelete]Properties

// addAll merges an update into those before it. operands is an object, or an array of names for $unset.
func (m *mergedUpdates) addAll(op operation, operands string) {
	if op == opUnset {
		operands = operandsObject(op, operands, "")
	}
	_ = jsontext.Object(operands, func(name, operand string) bool {
		m.add(op, name, operand)
		return true
	})
}

// add merges an update of one property into those before it, as mixpanel-browser does.
func (m *mergedUpdates) add(op operation, name, operand string) {
	held := &m[op]
	old, exists := held.Get(name)
	switch op {
	case opUnset, opSet: // The value afterwards does not depend on the one before.
		for i := range m {
			m[i].Delete(name)
		}
	case opSetOnce:
		if exists || m[opAdd].indexOf(name) >= 0 {
			return
		}
	case opAdd:
		first := itemAt(old, 0)
		if sum := addIntegers(first, operand); sum != "" {
			old, operand = withoutItem(old, first), sum
		}
		operand = appendItem(old, operand)
	case opAppend:
		operand = appendItem(old, operand)
	case opRemove:
		for added := opUnion; added <= opAppend; added++ {
			if list, ok := m[added].Get(name); ok {
				m[added].Set(name, withoutItem(list, operand))
			}
		}
		operand = addMissing(old, operand)
	case opUnion:
		for i := 0; ; i++ {
			item := itemAt(operand, i)
			if item == "" {
				break
			}
			old = addMissing(old, item)
		}
		operand = old
	}
	held.Set(name, operand)
}

// addIntegers returns the sum of two integers, or "" if one of them is none. Other numbers are not added up, because that would round them.
func addIntegers(a, b string) string {
	x, ok := jsontext.ParseInt(a)
	y, isInteger := jsontext.ParseInt(b)
	const limit = 1 << 53 // Larger ones are not exact in JavaScript.
	if !ok || !isInteger || x+y > limit || x+y < -limit {
		return ""
	}
	return string(jsontext.AppendInt(nil, x+y))
}
