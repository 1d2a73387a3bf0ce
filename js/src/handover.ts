// Leaving before Go runs: what waits goes by beacon, as plain events, and stays stored for the next visit under the same insert ids,
// to be made for the same visitor (wasm/tracker/handed_over.go). Who an event belongs to after identify() or reset() is Go's to say, and so
// is whether a time, an insert id or an original that a call gives itself will do: those wait for it, or they would count twice.

import { attempt } from './attempt.js';
import { type Call, Method, type OpenArguments } from './border.js';
import { parse, serialise } from './serialise.js';
import { read } from './storage.js';
import { visitorChangeKey, visitorChanges } from './stored-queue.js';
import type { StoredRecord } from './stored-record.js';
import type { Tracker } from './tracker.js';

// What no missing value turns into, nor an anonymous id: an alias is for ever, and one that does not look like an id waits for Go's rules.
const looksLikeID = /^(?![$-]).*[1-9@]/;

type Arguments = [first?: unknown, second?: OwnProperties, found?: OpenArguments[2], isUncertain?: OpenArguments[3]];
type Known = StoredRecord & { alias?: string };
type OwnProperties = { time?: unknown; $insert_id?: unknown; alias?: string };

/**
 * Hands over what can be said without Go's rules, an instance at a time. While an opt-out waits, of this page or of another, nothing goes:
 * what was tracked before it is to be deleted, and Go alone knows whose it is.
 */
export function handOver(trackers: readonly Tracker[], queue: readonly Call[]): void {
  if (read(visitorChangeKey) === 'Infinity' || queue.some(([, method]) => method === Method.OptOut)) return;
  for (const tracker of trackers) attempt(() => handOverInstance(tracker, queue));
}

function handOverInstance(tracker: Tracker, queue: readonly Call[]): void {
  const { instanceName, config, record } = tracker;
  const events: string[] = [];
  const current = (record as () => Known)();
  let token: unknown = tracker.token;
  if (current.opted_out) return;
  let visitor = current; // Where Go runs and opens another tracker; else a call that opens comes first.
  for (const [, method, args, at, id, page] of queue.filter(([to]) => to === instanceName)) {
    const [first, second, found, isUncertain] = parse(args) as Arguments;
    if (found) {
      token = first;
      // Tabs that opened at once may have settled on another id.
      visitor = found.minted && token === tracker.token ? current : (found as Known);
      if (found.minted && current.identity_ms) break;
    }
    if (isUncertain || visitor.opted_out || visitorChanges.includes(method)) break;
    const { props } = visitor;
    let event: unknown;
    let useBuiltins = second;
    if (method === Method.Register) visitor.props = { ...props, ...(first as object) };
    if (method === Method.RegisterOnce) visitor.props = { ...(first as object), ...props };
    if (method === Method.Unregister) delete props?.[first as string];
    if (typeof first === 'string') {
      if (method === Method.Track && !useBuiltins?.time && !useBuiltins?.$insert_id) event = first;
      // A number may have been rounded; a second alias is refused.
      if (method === Method.Alias && looksLikeID.test(first) && !useBuiltins && !visitor.alias) {
        event = '$create_alias';
        visitor.alias = first;
        useBuiltins = { alias: first };
      }
    }
    if (event) {
      const [$current_url, $referrer] = parse(page) as [string, string];
      const eventProperties: Record<string, unknown> = { $current_url, $referrer, ...props, ...useBuiltins };
      for (const blocked of config.property_blocklist ?? []) delete eventProperties[blocked];
      const reserved = {
        time: at / 1000,
        $insert_id: id,
        token,
        distinct_id: visitor.distinct_id,
        $device_id: visitor.device_id,
        $user_id: visitor.user_id,
      };
      events.push(serialise({ event, properties: { ...eventProperties, ...reserved } }));
    }
  }
  if (events[0]) beacon(`${config.api_host}/track/?ip=${+(config.ip ?? 1)}`, events);
}

// A browser takes 64 KiB in beacons at a time, and says so: what it refuses goes in halves, and behind the first event that finds no
// room none is tried.
function beacon(url: string, events: readonly string[]): unknown {
  const half = events.length >> 1;
  return (
    navigator.sendBeacon?.(url, new URLSearchParams({ data: `[${events}]` })) ||
    (half && beacon(url, events.slice(0, half)) && beacon(url, events.slice(half)))
  );
}
