// What Mixpanel's snippet has recorded before the script came: the calls of init in `_i`, and for each tracker an array of calls, and another one
// of its calls of `people`. The arrays become the trackers themselves, so that a page may go on with a reference to one that it has kept.

/** The object that Mixpanel's snippet puts at window.mixpanel. */
export interface Stub {
  /** The arguments of init, one array for each call. The last one is the tracker's name. */
  _i?: [token: string, config: object | undefined, name: string][];
  /** mixpanel-browser and this library set it when they are there. */
  __loaded?: boolean;
}

/**
 * Empties the arrays of a tracker. Returns the calls of `people` and the others, each in order. The order between the two is not known, but updates
 * of a profile wait for identification anyway.
 */
export function takeRecordedCalls(api: Record<string, unknown>): { ofPeople: unknown[]; others: unknown[] } {
  const take = (calls: unknown): unknown[] => (Array.isArray(calls) ? calls.splice(0) : []);
  return { ofPeople: take(api.people), others: take(api) };
}
