// The events that Live View keeps in memory.

const maxEvents = 2000; // About 2 MB.

/** The newest events of a project, newest first, without duplicates. */
export class Events {
  all = [];

  /** Adds events, which may be in any order. Returns the new ones, newest first. */
  add(events) {
    const newest = this.all[0]?.id ?? -1;
    const knownIDs = events.some(({ id }) => id <= newest) ? new Set(this.all.map(({ id }) => id)) : new Set();
    const added = events.filter(({ id }) => !knownIDs.has(id)).sort((a, b) => b.id - a.id);
    if (!added.length) return added;
    const all = [...added, ...this.all];
    if (knownIDs.size) all.sort((a, b) => b.id - a.id);
    this.all = all.slice(0, maxEvents);
    return added;
  }

  /** Whether the maximum number of events is kept. */
  get isFull() {
    return this.all.length >= maxEvents;
  }

  /** Removes all events. */
  clear() {
    this.all = [];
  }
}

/** Reports whether an event's name, its distinct_id or its person contains a text. */
export function matches(event, person, text) {
  const wanted = text.toLowerCase();
  return [event.event, event.distinct_id, person].some((value) => value.toLowerCase().includes(wanted));
}
