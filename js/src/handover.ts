// Leaving before Go runs: what waits goes by beacon, as plain events, and stays stored for the next visit under the same
// insert ids. Who an event belongs to after identify() or reset() is Go's to say, and so is whether a time, an insert id or an original
// that a call gives itself will do: those wait for it, or they would count twice.

import { type Call, Method } from './border.js';
import type { Tracker } from './tracker.js';

const stops: readonly Method[] = [Method.Identify, Method.Reset, Method.OptOut];

/** Hands over what can be said without Go's rules, an instance at a time. */
export function handOver(trackers: readonly Tracker[], queue: readonly Call[]): void {
  for (const tracker of trackers) {
    const { name, config } = tracker;
    const events = eventsOf(
      tracker,
      queue.filter((call) => call.to === name),
    );
    if (events[0]) beacon(`${config.api_host}/track/?verbose=1&ip=${Number(config.ip ?? 1)}`, events);
  }
}

function eventsOf({ token, config, record }: Tracker, calls: readonly Call[]): object[] {
  const events: object[] = [];
  const { distinct_id, device_id: $device_id, user_id: $user_id, opted_out, props } = { ...record?.() };
  let supers: Record<string, unknown> = { ...props };
  for (const { method, args, at, id, page } of calls) {
    if (opted_out || stops.includes(method)) break;
    const [first, second] = JSON.parse(args) as [unknown, { time?: unknown; $insert_id?: unknown }?];
    if (method === Method.Register) supers = { ...supers, ...(first as object) };
    if (method === Method.RegisterOnce) supers = { ...(first as object), ...supers };
    if (method === Method.Unregister) delete supers[first as string];
    if (method === Method.Track && first && typeof first === 'string' && !second?.time && !second?.$insert_id)
      add(first, second);
    if (method === Method.Alias && first && !second) add('$create_alias', { alias: `${first}` });

    function add(event: string, own?: object): void {
      const [$current_url, $referrer] = JSON.parse(page) as [string, string];
      const carried: Record<string, unknown> = { $current_url, $referrer, ...supers, ...own };
      for (const blocked of config.property_blocklist ?? []) delete carried[blocked];
      const properties = { ...carried, time: at / 1000, $insert_id: id, token, distinct_id, $device_id, $user_id };
      events.push({ event, properties });
    }
  }
  return events;
}

// A browser takes 64 KiB in beacons at a time, and says so: what it refuses goes in halves, and behind the first event that finds no
// room none is tried.
function beacon(url: string, events: readonly object[]): boolean {
  const half = events.length >> 1;
  return (
    navigator.sendBeacon(url, new URLSearchParams({ data: JSON.stringify(events) })) ||
    (!!half && beacon(url, events.slice(0, half)) && beacon(url, events.slice(half)))
  );
}
