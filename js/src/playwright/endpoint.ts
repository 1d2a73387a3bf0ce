// The endpoint: a server on loopback in the place of the collector.

import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { People } from '../testing/people.js';
import { Recorder } from '../testing/recorder.js';
import { answerAPI } from './api.js';
import { createCertificate } from './certificate.js';
import { chromiumArgs, hostMatcher, mixpanelHosts } from './launch.js';
import { allowOrigin, answerPreflight, answerRecords, bodyOf, pathOf, readRecords, refuse } from './requests.js';
import { listen } from './server.js';

/** Options of `startEndpoint`. */
export interface EndpointOptions {
  /** The port on 127.0.0.1. By default any that is free. */
  port?: number;
  /**
   * The hosts that your site sends to, if it is not Mixpanel's: the value of the option `api_host`, such as `https://collect.example`. A name without a scheme
   * stands for all its ports.
   */
  apiHosts?: readonly string[];
}

/** A server that takes the place of the collector. */
export interface Endpoint {
  /** Its address, such as `http://127.0.0.1:41234`. A site whose `api_host` it is needs no arguments of the browser. */
  readonly url: string;
  readonly port: number;
  /** The arguments with which Chromium, Chrome or Edge sends to it what pages send to `apiHosts` and to Mixpanel. */
  readonly chromiumArgs: readonly string[];
  /** Tells whether an address is one of `apiHosts` or Mixpanel's. */
  isForCollector(url: URL): boolean;
  /** What was sent. */
  readonly recorder: Recorder;
  /** The number of requests so far. */
  readonly requestCount: number;
  /** Whether requests fail now, as `failWith` says. */
  readonly isFailing: boolean;
  /** Makes every request fail with this HTTP status, or without an answer for 0, until it is called with undefined. */
  failWith(status: number | undefined, retryAfterSeconds?: number): void;
  /** Forgets what was sent, and lets requests succeed again. */
  clear(): void;
  stop(): Promise<void>;
}

let graph: Promise<WebAssembly.Module> | undefined;

// The identity graph of the collector, which is compiled once.
function startPeople(): Promise<People> {
  graph ??= readFile(new URL('../testing/people.wasm', import.meta.url)).then((bytes) => WebAssembly.compile(bytes));
  return graph.then((module) => People.start(module));
}

/** Starts an endpoint. */
export async function startEndpoint({ port = 0, apiHosts = [] }: EndpointOptions = {}): Promise<Endpoint> {
  const hosts = [...mixpanelHosts, ...apiHosts];
  const recorder = new Recorder(startPeople);
  const certificate = createCertificate();
  let failing: { status: number; retryAfter: number | undefined } | undefined;
  let requestCount = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    if (path.startsWith('/api/')) return answerAPI(endpoint, request, response);
    requestCount++;
    allowOrigin(request, response);
    if (failing?.status === 0) return void request.socket.destroy();
    if (request.method === 'OPTIONS') return answerPreflight(request, response);
    if (failing) {
      if (failing.retryAfter !== undefined) response.setHeader('Retry-After', failing.retryAfter);
      return void response.writeHead(failing.status).end();
    }
    const body = await bodyOf(request);
    // Sites may give the paths other names (api_routes), so only what cannot be read is refused. Mixpanel's clients also ask for settings here.
    if (request.method === 'GET' && !/[?&]data=/.test(request.url ?? '')) return void response.writeHead(404).end();
    const { records, token } = readRecords(request, body);
    answerRecords(request, response, await recorder.take(records, token), records.length);
  };

  const server = await listen(port, certificate, (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(request, response, error));
  });
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    chromiumArgs: chromiumArgs(hosts, server.port, certificate.keyHash),
    isForCollector: hostMatcher(hosts),
    recorder,
    get requestCount() {
      return requestCount;
    },
    get isFailing() {
      return !!failing;
    },
    failWith(status, retryAfterSeconds) {
      failing = status === undefined ? undefined : { status, retryAfter: retryAfterSeconds };
    },
    clear() {
      recorder.clear();
      failing = undefined;
    },
    stop: () => server.stop(),
  };
  return endpoint;
}
