package outbox

// A refusal of one message alone may mean that message, or every request: a redirect made a GET of the POST, a proxy emptied or
// re-encoded the body, somebody else answers at the address, or one of several servers behind it is broken. So the message is set aside
// only where it is refused again and again while others are taken: a few rounds of probes in a row, each followed by another refusal of
// the message. How many probes a round has is random, for servers that take turns would break the same requests of every round. Until then
// all of it is kept.

// doubt is of a message that was refused alone.
type doubt struct {
	about   string // the message: the key of its segment; "" for none
	at      int    // and its place in it
	rounds  int    // of probes that were taken, each with another refusal behind it
	enough  int    // probes that this round has
	taken   int    // probes taken in a row since it was refused
	refused int    // probes refused in this round
	skip    int    // how far behind it the next probe is, where nothing was ever taken
}

const (
	leastProbes  = 2
	moreProbes   = 3 // at most, by chance
	enoughRounds = 2
	fickleRounds = 6 // where the same message was taken at one time and refused at another
	mostRefused  = 4 // probes, before a pause
)

// probing reports whether the next request is to show that others are taken.
func (d *doubt) probing() bool { return d.about != "" && d.taken < d.enough }

// refusedAlone deals with a refusal of a flight's only message.
func (o *Outbox) refusedAlone(f *flight, v verdict, as Drops) {
	first := f.parts[0]
	rounds := 0
	if d := &o.doubt; d.about == first.segment.key && d.at == first.from && d.taken >= d.enough {
		rounds = d.rounds + 1
	}
	enough := enoughRounds
	if o.fickle {
		enough = fickleRounds
	}
	if _, waits := o.place(first.segment.key); waits && rounds >= enough {
		o.works()
		o.suspect, o.doubt = 0, doubt{}
		o.setAside(o.message(f, 0), v.reason, as)
		o.settleRefused(f)
		return
	}
	o.suspect = max(o.suspect, 1)
	o.doubt = doubt{
		about: first.segment.key, at: first.from, rounds: rounds, enough: leastProbes + int(o.jitter(moreProbes)), skip: max(o.doubt.skip, 1),
	}
	o.probe(v)
}

// probed takes over what became of a probe.
func (o *Outbox) probed(v verdict) {
	if v.kind == delivered {
		o.doubt.taken++
		o.sendBy(o.now) // A probe that still waits goes again in its order, and is recognised.
		return
	}
	o.fickle = o.fickle || o.sample != ""
	o.doubt.taken = 0
	o.doubt.refused++
	o.doubt.skip *= 2 // Several in a row may be bad.
	o.probe(v)
}

// probe asks for the next probe, or for a pause.
func (o *Outbox) probe(v verdict) {
	if len(o.index) == 0 { // Another tab has settled all of it meanwhile.
		o.suspect, o.doubt = 0, doubt{}
		return
	}
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
