const mostKept = 2000; // About 2 MB of events.

/** The newest events of a project, newest first, each once. */
export class Events {
  all = [];

  /** Adds events in any order. Returns those that were new, newest first. */
  add(events) {
    const newest = this.all[0]?.id ?? -1;
    const known = events.some(({ id }) => id <= newest) ? new Set(this.all.map(({ id }) => id)) : new Set();
    const fresh = events.filter(({ id }) => !known.has(id)).sort((a, b) => b.id - a.id);
    if (!fresh.length) return fresh;
    const all = [...fresh, ...this.all];
    if (known.size) all.sort((a, b) => b.id - a.id);
    this.all = all.slice(0, mostKept);
    return fresh;
  }

  /** Whether as many are kept as can be. */
  get full() {
    return this.all.length >= mostKept;
  }

  /** Forgets all. */
  clear() {
    this.all = [];
  }
}

/** Whether an event has this text in its name or in one of its ids. */
export function mentions(event, person, text) {
  const wanted = text.toLowerCase();
  return [event.event, event.distinct_id, person].some((value) => value.toLowerCase().includes(wanted));
}
