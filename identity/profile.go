package identity

import "github.com/throughline/throughline/identity/jsontext"

// profileMethods are the methods that change profiles, those of persons first, then those of groups. Those of an object that belongs to the
// tracker begin with the object's name.
var profileMethods = [...]string{
	"people.set", "people.set_once", "people.unset", "people.increment", "people.append", "people.union", "people.remove", "people.delete_user",
	"people.clear_charges", "get_group.set", "get_group.set_once", "get_group.unset", "get_group.union", "get_group.remove", "get_group.delete",
	"set_group", "add_group", "remove_group", "people.track_charge", "track_with_groups",
}

// profileOperations has the operation of each of profileMethods.
var profileOperations = [len(profileMethods)]operation{
	opSet, opSetOnce, opUnset, opAdd, opAppend, opUnion, opRemove, opDelete, opSet, opSet, opSetOnce, opUnset, opUnion, opRemove, opDelete,
	opSet, opUnion, opRemove,
}

// Positions in profileMethods.
const (
	deleteUser   = 7
	clearCharges = 8
	firstOfGroup = 9
	setGroup     = 15
	trackCharge  = 18
)

// ProfileMethods returns the names of the methods that Profile makes.
func ProfileMethods() []string { return profileMethods[:] }

// Profile makes a call that changes the profile of this visitor or of a group. method is the name of Mixpanel's method, such as people.set,
// set_group, or get_group.set, whose first arguments are those of get_group. isKnown is false if there is no such method. The answer is the
// record that is sent, or waits (waiting.go).
//
// While opted out, only a deletion of the visitor's profile is obeyed.
//
// Warnings: OptedOut (then nothing changes), BadProperties, ReservedProperty, BadID (groups), TooManyUpdates, NotIdentified, NotSupported, and
// those of Register and Track. Source: Mixpanel's people, get_group, set_group, add_group, remove_group and track_with_groups.
func (v *Visitor) Profile(call Call, method string, args ...Value) (o Outcome, isKnown bool) {
	i := 0
	for i < len(profileMethods) && profileMethods[i] != method {
		i++
	}
	if i == len(profileMethods) {
		return o, false
	}
	isDeletion := i == deleteUser && v.record.OptedOut // It is no tracking.
	if v.isOutdated(call) || !isDeletion && v.rejectOptedOut(&o, method) {
		return o, true
	}
	args = append(args, "", "", "", "") // Further arguments are ignored.
	op := profileOperations[i]
	switch {
	case i == clearCharges:
		args = clearedCharges[:]
		fallthrough
	case i < firstOfGroup:
		v.people(&o, call, method, op, args)
	case i < setGroup:
		v.group(&o, method, op, args)
	case i < trackCharge:
		v.membership(&o, call, method, op, args)
	case i == trackCharge: // It does nothing in Mixpanel's library either.
		o.warn(NotSupported, method, "Mixpanel does not keep revenue in profiles any more", "Track an event with the amount as a property")
	default:
		v.track(&o, call, method, args[0], args[1], args[2])
		for i := range o.Messages {
			o.Answer = o.Messages[i].JSON()
		}
	}
	return o, true
}

// clearedCharges empties the list of charges that older versions of Mixpanel's library kept in the profile.
var clearedCharges = [...]Value{`"$transactions"`, `[]`}

// people changes the visitor's profile. Mixpanel has profiles of known persons only, so that the update waits until the visitor is identified.
func (v *Visitor) people(o *Outcome, call Call, method string, op operation, args []Value) {
	var operands Properties
	isKnown := v.record.isIdentified()
	switch {
	case op == opDelete && !isKnown:
		o.warn(NotIdentified, method)
	case op != opDelete && !v.parseOperands(o, method, op, args, &operands):
	case op != opDelete && op != opSet && operands.Len() == 0: // Nothing is left to send. As in Mixpanel's library, there is an answer all the same.
		v.updatePerson(o, op, &operands, false)
	case !isKnown:
		v.keepUntilIdentified(o, call, method, formatUpdate(op, &operands, ""))
		fallthrough
	default:
		v.updatePerson(o, op, &operands, isKnown)
	}
}

// updatePerson makes the update of the visitor's profile the answer of a call and, if isSent, a message.
func (v *Visitor) updatePerson(o *Outcome, op operation, operands *Properties, isSent bool) {
	id := jsontext.Quote(v.record.DistinctID)
	head := `{"$` + string(v.currentHead().identityMembers[1:]) + `"$distinct_id":` + id + ","
	if op == opSet { // The defaults of mixpanel-browser.
		for _, name := range [...]string{"$os", "$browser", "$browser_version"} {
			raw, ok := v.pageProperties.Get(name)
			if operands.indexOf(name) < 0 && ok && !v.isBlocked(name) {
				operands.Set(name, raw)
			}
		}
	}
	endpoint := PeopleEndpoint
	if v.record.OptedOut {
		endpoint = DeletionEndpoint
	}
	o.update(head, formatUpdate(op, operands, id), op, endpoint, isSent)
}

// group changes the profile of a group. Groups are known, so that their updates do not wait.
func (v *Visitor) group(o *Outcome, method string, op operation, args []Value) {
	key, id := string(args[0]), string(args[1])
	var operands Properties
	if !isGroup(o, method, key, id) || op != opDelete && !v.parseOperands(o, method, op, args[2:], &operands) {
		return
	}
	head := `{"$token":` + jsontext.Quote(v.config.Token) + `,"$group_key":` + key + `,"$group_id":` + id + ","
	o.update(head, formatUpdate(op, &operands, `""`), op, GroupsEndpoint, op == opDelete || operands.Len() > 0)
}

// isGroup reports whether key can be the name of a property and id the value that identifies a group: a string that is not empty, a number or a
// boolean. Unlike a person's id, it may be a word such as "none".
func isGroup(o *Outcome, method, key, id string) bool {
	name, _ := jsontext.Unquote(key)
	if name == "" || id == "" || id == "null" || id == `""` || id[0] == '{' || id[0] == '[' {
		o.warn(BadID, method, key+", "+id, "names no group")
		return false
	}
	return true
}

// membership says which groups the visitor belongs to: it sets the group or groups of a kind, adds to them, or removes one. The ids are
// registered as a super property, an array, and the same operation is made on the property of the visitor's profile. remove_group of
// mixpanel-browser registers what is left as the property group_key, by mistake.
func (v *Visitor) membership(o *Outcome, call Call, method string, op operation, args []Value) {
	key, ids := string(args[0]), asList(string(args[1]))
	name, _ := jsontext.Unquote(key)
	old, _ := v.record.Super.Get(name)
	groups := withoutItem(asList(old), "") // Without white space.
	if op == opSet {
		args[1], groups = Value(ids), "[]"
	}
	ok := ids != "" || isGroup(o, method, key, ids)
	_ = jsontext.Array(ids, func(id string) bool {
		if ok = ok && isGroup(o, method, key, id); ok {
			if op == opRemove {
				groups = withoutItem(groups, id)
			} else {
				groups = addMissing(groups, id)
			}
		}
		return ok
	})
	if !ok {
		return
	}
	if op != opRemove || groups != "[]" {
		v.register(o, method, &v.record.Super, Value("{"+key+":"+groups+"}"), func(string) bool { return true })
	} else if v.record.Super.Delete(name) {
		v.recordChanged()
	}
	v.people(o, call, method, op, args)
}
