// Waits for what pages send.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeMissingEvent,
  describeMissingUpdate,
  findEvent,
  findUpdate,
  requireOnePerson,
} from '../testing/expectations.js';
import type { Recorder, SentEvent, SentUpdate } from '../testing/recorder.js';

const pollInterval = 25; // Milliseconds.

/** Resolves to the first event of that name with at least these properties, or rejects after a time with a message that says what differed. */
export function waitForEvent(
  { events }: Recorder,
  event: string,
  properties: object,
  timeout: number,
): Promise<SentEvent> {
  return waitFor(
    () => findEvent(events, event, properties),
    () => describeMissingEvent(events, event, properties),
    timeout,
  );
}

/** Resolves to the first update of a profile by that operation with at least these values, or rejects after a time and says what was sent. */
export function waitForUpdate(
  { updates }: Recorder,
  operation: string,
  values: object,
  timeout: number,
): Promise<SentUpdate> {
  return waitFor(
    () => findUpdate(updates, operation, values),
    () => describeMissingUpdate(updates, operation, values),
    timeout,
  );
}

async function waitFor<Sent>(
  find: () => Sent | undefined,
  describeMissing: () => string,
  timeout: number,
): Promise<Sent> {
  const found = await poll(find, timeout);
  if (found) return found;
  throw new Error(`${describeMissing()} (Waited ${timeout} ms.)`);
}

/** Resolves once all ids belong to one person, or rejects after a time with a message that says which does not. */
export async function waitForOnePerson(
  recorder: Recorder,
  ids: readonly (string | undefined)[],
  timeout: number,
): Promise<void> {
  let failure: unknown;
  const isOne = await poll(() => {
    try {
      requireOnePerson(recorder, ids);
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  }, timeout);
  if (!isOne) throw failure;
}

/** Resolves to the first value of `read` that is true, or to the last one after a time. */
export async function poll<Value>(read: () => Value | Promise<Value>, timeout: number): Promise<Value> {
  const end = Date.now() + timeout;
  for (;;) {
    const value = await read();
    if (value || Date.now() >= end) return value;
    await sleep(pollInterval);
  }
}
