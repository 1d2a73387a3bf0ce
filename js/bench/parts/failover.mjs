// Kills PostgreSQL's primary under load and promotes its standby, twenty times: what was acknowledged must be stored, once.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { run } from '../setup/run-command.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, '.cache', 'bin', 'collector-bench');

export default async function failover({ rounds = 20 }) {
  execFileSync('go', ['build', '-o', program, './bench'], { cwd: join(root, 'collector') });
  const result = JSON.parse(await run(program, ['failover', '-rounds', rounds]));
  const row = (name, value) => ({ name, value });
  return {
    title: `Failover, ${result.rounds} times`,
    columns: [{ key: 'value', title: '', digits: 0 }],
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
