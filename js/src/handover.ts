// Leaving before Go runs: what waits goes by beacon, as plain events, and stays stored for the next visit under the same
// insert ids. Who an event belongs to after identify() or reset() is Go's to say: those wait for it.

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

function eventsOf(tracker: Tracker, calls: readonly Call[]): string[] {
  const events: string[] = [];
  const { token, config } = tracker;
  // Read anew: another tab may have settled meanwhile who this new visitor is.
  const record = storedRecord(token, config.persistence_name) ?? tracker.record;
  if (record.opted_out) return events;
  const supers: Record<string, unknown> = { ...record.props };
  for (const call of calls) {
    if (stops.includes(call.method)) break;
    const [first, second] = JSON.parse(call.args) as [unknown, Record<string, unknown>?];
    if (call.method === Method.Register) Object.assign(supers, first);
    if (call.method === Method.RegisterOnce) Object.assign(supers, { ...(first as object), ...supers });
    if (call.method === Method.Unregister) delete supers[first as string];
    if (call.method === Method.Track && first && typeof first === 'string') add(first, second);
    if (call.method === Method.Alias && first) add('$create_alias', { alias: String(first) });

    function add(event: string, own: Record<string, unknown> = {}): void {
      const [$current_url, $referrer] = JSON.parse(call.page) as [string, string];
      const properties: Record<string, unknown> = { $current_url, $referrer, ...supers, ...own };
      for (const blocked of config.property_blocklist ?? []) delete properties[blocked];
      const { distinct_id, device_id: $device_id, user_id: $user_id } = record;
      Object.assign(properties, { token, distinct_id, $device_id, $user_id });
      properties.$insert_id ??= call.id;
      properties.time ??= call.at / 1000;
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
