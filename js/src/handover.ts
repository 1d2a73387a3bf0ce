// Leaving before Go runs: what waits goes by beacon, as plain events, and stays stored for the next visit under the same
// insert ids. Who an event belongs to after identify() or reset() is Go's to say, and so is whether a time, an insert id or an original
// that a call gives itself will do: those wait for it, or they would count twice.

import { type Call, Method } from './border.js';
import type { Instances, Tracker } from './instances.js';
import { storedRecord } from './record.js';

const stops: readonly Method[] = [Method.Identify, Method.Reset, Method.OptOut];
const mostBytes = 60_000; // Browsers take 64 KiB in beacons at a time.

/** Hands over what can be said without Go's rules, an instance at a time. */
export function handOver(instances: Instances, queue: readonly Call[]): void {
  for (const [name, tracker] of instances) {
    const events = eventsOf(
      tracker,
      queue.filter((call) => call.to === name),
    );
    if (events.length) beacon(`${tracker.config.api_host}/track/?verbose=1&ip=1`, events);
  }
}

function eventsOf({ token, config, record: known }: Tracker, calls: readonly Call[]): string[] {
  const events: string[] = [];
  // Read anew: another tab may have settled meanwhile who this new visitor is.
  const record = storedRecord(token, config.persistence_name) ?? known;
  const supers: Record<string, unknown> = { ...record.props };
  for (const { method, args, page, id, at } of record.opted_out ? [] : calls) {
    if (stops.includes(method)) break;
    const [first, second] = JSON.parse(args) as [unknown, Record<string, unknown>?];
    if (method === Method.Register) Object.assign(supers, first);
    if (method === Method.RegisterOnce) Object.assign(supers, { ...(first as object), ...supers });
    if (method === Method.Unregister) delete supers[first as string];
    if (method === Method.Track && typeof first === 'string' && !second?.time && !second?.$insert_id)
      add(first, second);
    if (method === Method.Alias && !second) add('$create_alias', { alias: String(first) });

    function add(event: string, own?: Record<string, unknown>): void {
      const [$current_url, $referrer] = JSON.parse(page) as [string, string];
      const properties: Record<string, unknown> = { $current_url, $referrer, ...supers, ...own };
      for (const blocked of config.property_blocklist ?? []) delete properties[blocked];
      const { distinct_id, device_id: $device_id, user_id: $user_id } = record;
      Object.assign(properties, { token, distinct_id, $device_id, $user_id, $insert_id: id, time: at / 1000 });
      events.push(JSON.stringify({ event, properties }));
    }
  }
  return events;
}

function beacon(url: string, events: readonly string[]): void {
  const body = new URLSearchParams({ data: `[${events.join()}]` });
  if (`${body}`.length > mostBytes && events.length > 1) {
    const half = events.length >> 1;
    beacon(url, events.slice(0, half));
    beacon(url, events.slice(half));
  } else navigator.sendBeacon(url, body);
}
