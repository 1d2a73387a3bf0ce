// Sends waiting calls by beacon when the page is left before Go runs. The calls also stay stored, and the next visit makes them for the
// same visitor with the same insert ids (wasm/tracker/handed_over.go), so that the collector recognises the second copy.
//
// Only what needs no identity rule is sent here. Only Go decides whose an event is after identify() or reset(), and whether a time, an
// insert id or an original that the page passed is valid. Such calls wait for the next visit; otherwise they might be counted twice.
// Where Go has failed to start, that visit may never come, and a site that calls identify() on each page would deliver nothing. There,
// identify() of what surely is an id is sent too: from a given record, it has one outcome (identity/identify.go).

import { attempt } from './attempt.js';
import { type Call, Method, type OpenArguments } from './border.js';
import { parse, serialise } from './serialise.js';
import { read } from './storage.js';
import { visitorChangeKey, visitorChanges } from './stored-queue.js';
import type { StoredRecord } from './stored-record.js';
import type { Tracker } from './tracker.js';

// An alias cannot be undone, so only what surely is an id is sent without Go's checks. Placeholders such as `undefined` or `0` contain no
// digit from 1 to 9 and no @, or begin with a hyphen as `-1` does; anonymous ids begin with $.
const looksLikeID = /^(?![$-]).*[1-9@]/;

// The calls that were sent. A page that is left is first hidden and then ends, and each of the two sends what waits.
const sentCalls = new WeakSet<Call>();

type Arguments = [
  first?: unknown,
  ownProperties?: OwnProperties,
  found?: OpenArguments[2],
  isUncertain?: OpenArguments[3],
];
type OwnProperties = { time?: unknown; $insert_id?: unknown; alias?: string; $anon_distinct_id?: string | undefined };

/** Returns whether a call that waits in the queue was sent. */
export const isHandedOver = (queue: readonly Call[]): boolean => queue.some((call) => sentCalls.has(call));

/**
 * Sends the events and aliases that wait in the queue, one beacon or more for each instance. While an opt-out waits, on this page or
 * another, nothing is sent: what was tracked before an opt-out must be deleted, and only Go knows which record it concerns. `hasFailed` says
 * that Go has failed to start on this page.
 */
export function handOver(trackers: readonly Tracker[], queue: readonly Call[], hasFailed: boolean): void {
  if (read(visitorChangeKey) === 'Infinity' || queue.some(([, method]) => method === Method.OptOut)) return;
  for (const tracker of trackers) attempt(() => handOverInstance(tracker, queue, hasFailed));
}

function handOverInstance(tracker: Tracker, queue: readonly Call[], hasFailed: boolean): void {
  const { instanceName, config, record } = tracker;
  const events: string[] = [];
  const calls: Call[] = [];
  const current = (record as () => StoredRecord)();
  let token: unknown = tracker.token;
  if (current.opted_out || tracker.mustWait?.()) return;
  // If Go runs and is opening another tracker, the calls that opened this one have left the queue. Otherwise an Open comes first.
  let visitor = current;
  for (const call of queue.filter(([to]) => to === instanceName)) {
    const [, method, args, at, id, page] = call;
    let [first, ownProperties, found, isUncertain] = parse(args) as Arguments;
    if (found && !method) {
      token = first;
      // Of several tabs opened at once by a new visitor, another tab may have minted the id that they now share.
      visitor = found.minted && token === tracker.token ? current : (found as StoredRecord);
      if (found.minted && current.identity_ms) break;
    }
    const isID = typeof first === 'string' && looksLikeID.test(first);
    const identifies = method === Method.Identify && hasFailed && isID;
    if (isUncertain || visitor.opted_out || (visitorChanges.includes(method) && !identifies)) break;
    const { props } = visitor;
    let { distinct_id } = visitor;
    let event: unknown;
    if (method === Method.Register) visitor.props = { ...props, ...(first as object) };
    if (method === Method.RegisterOnce) visitor.props = { ...(first as object), ...props };
    if (method === Method.Unregister) delete props?.[first as string];
    if (typeof first === 'string') {
      if (method === Method.Track && !ownProperties?.time && !ownProperties?.$insert_id) event = first;
      // Only strings: a large number may have been rounded. Only one alias: Go refuses a second.
      if (method === Method.Alias && isID && !ownProperties && !visitor.alias) {
        event = '$create_alias';
        visitor.alias = first;
        ownProperties = { alias: first };
      }
      if (identifies && first !== visitor.user_id && first !== distinct_id) {
        event = '$identify';
        ownProperties = { $anon_distinct_id: distinct_id };
        distinct_id = visitor.user_id = first;
        // The alias of this device resolves to its distinct_id, which stays.
        if (first !== visitor.alias) {
          visitor.distinct_id = first;
          delete visitor.alias;
        }
      }
    }
    if (event && !sentCalls.has(call)) {
      const [$current_url, $referrer] = parse(page) as [string, string];
      const eventProperties: Record<string, unknown> = { $current_url, $referrer, ...props, ...ownProperties };
      // Not flat(): browsers without it hand over as well.
      for (const blocked of [...(config.property_blocklist ?? []), ...(config.property_blacklist ?? [])])
        delete eventProperties[blocked];
      calls.push(call);
      events.push(
        serialise({
          event,
          properties: {
            ...eventProperties,
            time: at / 1000,
            $insert_id: id,
            token,
            distinct_id,
            $device_id: visitor.device_id,
            $user_id: visitor.user_id,
          },
        }),
      );
    }
  }
  const { api_host, api_hosts, api_routes, ip = 1 } = config;
  const url = `${api_hosts?.events || api_host}/${api_routes?.track || 'track/'}?ip=${+ip}`.replace(/\b\/+/g, '/');
  // Browsers accept at most 64 KiB of beacons at a time, and sendBeacon returns false beyond that. Then fewer are sent, and after a single event
  // that is refused nothing more, so that the order is kept.
  for (let count = events.length; events[0] && count; ) {
    if (navigator.sendBeacon?.(url, new URLSearchParams({ data: `[${events.slice(0, count)}]` }))) {
      events.splice(0, count);
      for (const call of calls.splice(0, count)) sentCalls.add(call);
    } else count >>= 1;
  }
}
