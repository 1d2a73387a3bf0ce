// What tests in another process, such as Cypress, or in another language ask the endpoint: JSON over HTTP. Pages of other origins cannot read it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Recorder } from '../testing/recorder.js';
import { waitForEvent, waitForOnePerson, waitForUpdate } from './expect.js';
import { bodyOf, parametersOf, pathOf } from './requests.js';

/** What is asked. */
interface Asked {
  recorder: Recorder;
  failWith(status: number | undefined, retryAfterSeconds?: number): void;
  clear(): void;
}

const defaultTimeout = 5_000;

/** Answers a request to a path that begins with /api/. What fails is answered with 422 and a message in words. */
export async function answerAPI(endpoint: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { recorder } = endpoint;
  const parameters = parametersOf(request);
  const text = (name: string) => parameters.get(name) ?? '';
  const object = (name: string) => JSON.parse(parameters.get(name) ?? '{}') as object;
  const timeout = Number(parameters.get('timeout') ?? defaultTimeout);
  const routes: Record<string, () => unknown> = {
    'GET /api/events': () => ({ events: recorder.events }),
    'GET /api/updates': () => ({ updates: recorder.updates }),
    'GET /api/people': () => ({ people: recorder.people() }),
    'GET /api/event': () => waitForEvent(recorder, text('event'), object('properties'), timeout),
    'GET /api/update': () => waitForUpdate(recorder, text('operation'), object('values'), timeout),
    'GET /api/person': () =>
      recorder.person(parameters.get('token') ?? recorder.tokens()[0] ?? '', text('distinct_id')),
    'GET /api/one-person': async () => {
      await waitForOnePerson(recorder, parameters.getAll('id'), timeout);
      return {};
    },
    'POST /api/fail': async () => {
      const { status, retryAfter } = JSON.parse(String(await bodyOf(request)) || '{}') as Record<string, number>;
      endpoint.failWith(status, retryAfter);
      return {};
    },
    'POST /api/clear': () => {
      endpoint.clear();
      return {};
    },
  };
  const answer = (status: number, body: unknown) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const route = routes[`${request.method} ${pathOf(request)}`];
  if (!route) return answer(404, { error: `There is ${Object.keys(routes).join(', ')}.` });
  try {
    answer(200, await route());
  } catch (error) {
    answer(422, { error: String((error as Error).message) });
  }
}
