package outbox

// A refusal of one message alone may mean that message, or every request: a redirect made a GET of the POST, a proxy emptied or
// re-encoded the body, somebody else answers at the address, or one of several servers behind it is broken. So the message is set aside
// only where others are taken, by two probes in a row, and it is refused once more after them. Until then all of it is kept.

// doubt is of a message that was refused alone.
type doubt struct {
	about   string // the message: the key of its segment; "" for none
	at      int    // and its place in it
	taken   int    // probes taken in a row since it was refused
	refused int    // probes refused in this round
	skip    int    // how far behind it the next probe is, where nothing was ever taken
}

const (
	enoughProbes = 2
	mostRefused  = 4 // probes, before a pause
)

// probing reports whether the next request is to show that others are taken.
func (d *doubt) probing() bool { return d.about != "" && d.taken < enoughProbes }

// refusedAlone deals with a refusal of a flight's only message.
func (o *Outbox) refusedAlone(f *flight, v verdict, as Drops) {
	first := f.parts[0]
	if o.doubt.about == first.segment.key && o.doubt.at == first.from && o.doubt.taken >= enoughProbes {
		o.works()
		o.suspect, o.doubt = 0, doubt{}
		o.setAside(o.message(f, 0), v.reason, as)
		o.settleRefused(f)
		return
	}
	o.suspect = max(o.suspect, 1)
	o.doubt = doubt{about: first.segment.key, at: first.from, skip: max(o.doubt.skip, 1)}
	o.probe(v)
}

// probed takes over what became of a probe.
func (o *Outbox) probed(v verdict) {
	if v.kind == delivered {
		o.doubt.taken++
		o.sendBy(o.now) // A probe that still waits goes again in its order, and is recognised.
		return
	}
	o.doubt.taken = 0
	o.doubt.refused++
	o.doubt.skip *= 2 // Several in a row may be bad.
	o.probe(v)
}

// probe asks for the next probe, or for a pause.
func (o *Outbox) probe(v verdict) {
	others := o.events - o.index[0].done - 1
	if o.doubt.skip > others {
		o.doubt.skip = 1
	}
	most := mostRefused
	if o.sample != "" {
		others, most = 1, 1 // It was taken before: no other tells more.
	}
	if others < 1 || o.doubt.refused >= most {
		o.doubt = doubt{skip: o.doubt.skip}
		o.unwelcome(v.status, v.reason)
		return
	}
	o.sendBy(o.now)
}

// nextProbe returns the probe, or an empty batch where what it was to be has been settled meanwhile. A message that was taken goes
// again, and is recognised. Only where there is none the probe is a message that still waits, out of its turn.
func (o *Outbox) nextProbe(w want) batch {
	if o.sample == "" {
		w.skip, w.count = o.doubt.skip, 1
		return o.gather(w)
	}
	b := batch{body: appendForm([]byte(batchStart), o.sample), count: 1}
	b.body = append(b.body, batchEnd...)
	return b
}

// keepSample remembers the last message of a flight that was taken. Looking it up takes a moment, so it does that once, and while a bad one is sought.
func (o *Outbox) keepSample(f *flight) {
	if o.suspect > 0 || o.sample == "" {
		o.sample = o.message(f, f.count-1)
	}
}
