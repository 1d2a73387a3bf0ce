// Kills PostgreSQL's primary under load and promotes its standby, twenty times; and kills one of two collectors under load, twenty times, with clients
// that send again. What was acknowledged must be stored, once.

import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from '../../test/harness/collector.mjs';
import { buildProgram, runProgram, withPostgres } from '../setup/collector-programs.mjs';

const clients = 8;

export default async function failover({ rounds = 20 }) {
  buildProgram();
  return [await ofDatabases(rounds), await ofCollectors(rounds)];
}

const columns = [{ key: 'value', title: '', digits: 0 }];
const row = (name, value) => ({ name, value });

async function ofDatabases(rounds) {
  const result = await runProgram('failover', { rounds });
  return {
    title: `PostgreSQL’s primary killed, ${result.rounds} times`,
    columns,
    rows: [
      row('events acknowledged', result.acknowledged),
      row('acknowledged and lost', result.lost),
      row('stored twice', result.twice),
      row('errors that senders were answered', result.errors),
      row('longest wait of a sender, ms', result.longest_ms),
      row('longest promotion, ms', result.promotion_ms),
    ],
    note: 'Two PostgreSQL servers on this machine, the primary waiting for its standby at each commit; two stores with eight senders of 1 to 50 events; the primary is killed with SIGKILL and the standby promoted at once.',
  };
}

function ofCollectors(rounds) {
  return withPostgres(async ({ db }) => {
    const collectors = [await startCollector(['--db', db]), await startCollector(['--db', db])];
    try {
      const sent = { acknowledged: [], failed: 0, longest: 0, ended: false };
      const sending = Promise.all(Array.from({ length: clients }, (_, n) => send(n, collectors, sent)));
      for (let round = 0; round < rounds; round++) {
        await sleep(500 + Math.random() * 500);
        await collectors[round % 2].kill();
        await sleep(Math.random() * 500);
        await collectors[round % 2].start();
      }
      sent.ended = true;
      await sending;
      const stored = new Map();
      for (const line of (await exported(collectors[0].url)).split('\n').filter(Boolean)) {
        const id = JSON.parse(line).properties.$insert_id;
        stored.set(id, (stored.get(id) ?? 0) + 1);
      }
      const copies = [...stored.values()].reduce((sum, count) => sum + count - 1, 0);
      return {
        title: `One of two collectors killed, ${rounds} times`,
        columns,
        rows: [
          row('events acknowledged', sent.acknowledged.length),
          row('acknowledged and lost', sent.acknowledged.filter((id) => !stored.has(id)).length),
          row('stored twice', copies),
          row('requests that failed and were sent again', sent.failed),
          row('longest until a batch was acknowledged, ms', sent.longest),
        ],
        note: `Two collectors on one PostgreSQL, ${clients} clients of 1 to 50 events a batch that send it to the other collector when one does not answer; one collector is killed with SIGKILL and started again.`,
      };
    } finally {
      for (const collector of collectors) await collector.stop();
    }
  });
}

// Sends batches until told to end. A batch is sent again, to the other collector, until it is acknowledged.
async function send(client, collectors, sent) {
  for (let batch = 0; !sent.ended; batch++) {
    const events = Array.from({ length: 1 + ((client * 7 + batch) % 50) }, (_, n) => ({
      event: 'bench',
      properties: {
        token: 'bench',
        distinct_id: `client-${client}`,
        time: Date.now(),
        $insert_id: `${client}-${batch}-${n}`,
      },
    }));
    const from = performance.now();
    for (let attempt = client; !(await isAcknowledged(collectors[attempt % 2].url, events)); attempt++) {
      sent.failed++;
      await sleep(20);
    }
    sent.longest = Math.max(sent.longest, performance.now() - from);
    for (const { properties } of events) sent.acknowledged.push(properties.$insert_id);
  }
}

async function isAcknowledged(url, events) {
  const answer = await fetch(`${url}/track?verbose=1`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(events),
  }).catch(() => undefined);
  return answer?.status === 200 && (await answer.json().catch(() => ({}))).status === 1;
}

async function exported(url) {
  const today = Date.now();
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const answer = await fetch(`${url}/api/export?token=bench&from=${day(today - 864e5)}&to=${day(today + 864e5)}`);
  if (!answer.ok) throw new Error(`export: ${answer.status} ${await answer.text()}`);
  return answer.text();
}
