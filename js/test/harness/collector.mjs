// Starts the real collector, with a database of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const dist = join(import.meta.dirname, '..', '..', '..', 'dist');

/** Returns a free port. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a collector with additional flags. `stop` ends it and removes its files, `kill` kills it, and `start` starts it again on
 * the same port and database.
 */
export async function startCollector(flags = []) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child;
  let log = '';

  async function start() {
    const args = ['--addr', `127.0.0.1:${port}`, '--db', join(folder, 'events.db'), '--site', dist, ...flags];
    child = spawn(join(dist, 'throughline-collector'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
    await until(
      async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok,
      'the collector answers',
      () => log,
    );
  }

  function end(signal) {
    return new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode) return resolve();
      child.once('exit', resolve);
      child.kill(signal);
    });
  }

  const read = async (path) => {
    const answer = await fetch(url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };

  await start();
  return {
    url,
    db: join(folder, 'events.db'),
    pid: () => child.pid,
    start,
    kill: () => end('SIGKILL'),
    log: () => log,
    async stop() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    /** Returns the stored events of a token, oldest first. */
    async events(token) {
      const all = [];
      for (let page; page?.length !== 0; all.push(...page)) {
        const before = all.length ? `&before=${all.at(-1).id}` : '';
        page = (await read(`/api/events?token=${token}&limit=1000${before}`)).events;
      }
      return all.reverse();
    },
    person: (token, id) => read(`/api/person?token=${token}&distinct_id=${encodeURIComponent(id)}`),
    /** Waits until at least `count` events of a token are stored, and returns them. */
    async stored(token, count, seconds = undefined) {
      let events = [];
      await until(
        async () => {
          events = await this.events(token);
          return events.length >= count;
        },
        `${count} stored events`,
        () => JSON.stringify(events.map(({ event }) => event)),
        seconds,
      );
      return events;
    },
  };
}

/**
 * Waits until `condition` returns true. Rejects with a message that contains `what` and `detail()` after `seconds`. Playwright's
 * `waitForFunction` asks once per frame, so it may wait for ever for a page that draws none, because its document is still being received.
 */
export async function until(condition, what, detail = () => '', seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}. ${detail()}`);
    await sleep(25);
  }
}
