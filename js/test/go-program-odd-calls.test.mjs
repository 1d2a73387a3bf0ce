// The shipped Go program under calls of all methods with odd arguments, while it collects garbage and its heap and stacks grow: what the build has
// removed from it (wasm/tools/postlink) must never be needed. A function that was removed traps.
//
// CALLS=1000000 node --test js/test/go-program-odd-calls.test.mjs makes more calls than the ordinary run.

import assert from 'node:assert/strict';
import { test } from './harness/bounded-test.mjs';
import { Method, startProgram } from './harness/program.mjs';

const calls = Number(process.env.CALLS ?? 20_000);
const methods = 17; // The numbers of js/src/border.ts, from 0. Open is made by itself.
const KiB = 1 << 10;

// biome-ignore format: one method after another
const names = [
  'people.set', 'people.set_once', 'people.increment', 'people.append', 'people.union', 'people.unset', 'people.remove',
  'people.track_charge', 'people.clear_charges', 'people.delete_user', 'set_group', 'add_group', 'remove_group', 'track_with_groups',
  'get_group.set', 'get_group.set_once', 'get_group.unset', 'get_group.remove', 'get_group.union', 'get_group.delete', 'has_opted_in_tracking',
  'clear_opt_in_out_tracking', 'history', 'track_pageview', 'track_links', 'track_forms', 'toString', 'identfy', '',
];

// biome-ignore format: one option after another
const options = [
  'debug', 'batch_size', 'batch_flush_interval_ms', 'api_host', 'api_hosts', 'api_routes', 'ip', 'persistence', 'persistence_name', 'upgrade',
  'cookie_expiration', 'cross_subdomain_cookie', 'secure_cookie', 'disable_persistence', 'track_marketing', 'save_referrer', 'store_google',
  'api_extra_query_params', 'property_blocklist', 'tracking_plan', 'event_names', 'opt_out_tracking_by_default', 'mixpanel', 'loaded', 'debgu',
];

// A generator whose numbers are the same in each run (mulberry32), so that what fails can be repeated.
function randomFrom(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const random = randomFrom(1);
const pick = (list) => list[random(list.length)];

// biome-ignore format: one value after another
const odd = [
  () => null, () => true, () => 0, () => -1, () => 1.5e300, () => 2 ** 53, () => '', () => 'null', () => 'undefined', () => '$device:x',
  () => 'jane@example.com', () => 'jane@exmaple.com', () => `user-${random(1000)}`, () => `alias-${random(1000)}`, () => '\u0000\u001f\ud800"\\',
  () => '😀'.repeat(random(200)), () => 'x'.repeat(random(300)), () => [], () => ({}), () => ({ toString: 1, __proto__: null, $set: { a: 1 } }),
  () => ({ distinct_id: 'forged', token: 7, time: 'now', $insert_id: [] }), () => [null, [[[]]], { a: [{}] }],
  () => Object.fromEntries(Array.from({ length: random(40) }, (_, i) => [`p${i * random(7)}`, pick([1, 'a', null, [1], { b: 2 }])])),
  () => ({ price: 12.5, sku: `${random(99)}`, tags: ['a', 'b'], 'utm_source': 'news' }),
  () => pick(options), () => ({ [pick(options)]: pick([true, 0, 'x', null, [], 'https://a.example']) }),
];

const oddArguments = () => Array.from({ length: random(4) }, () => pick(odd)());
const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Makes one call with the number of a method, or of another export. */
function callOdd(program, handle, i) {
  const { exports } = program;
  const now = 1e12 + i;
  const kind = random(methods + 6);
  if (kind === Method.track)
    program.call(handle, kind, JSON.stringify([pick(['Viewed', 'Viewd', '', null]), ...oddArguments()]));
  else if (kind > 0 && kind < methods) {
    const isNamed = kind === 15;
    program.call(handle, kind, JSON.stringify(isNamed ? [pick(names), ...oddArguments()] : oddArguments()));
  } else if (kind === methods) exports.changed(now);
  else if (kind === methods + 1) exports.leave(now);
  else if (kind === methods + 2) exports.back(now);
  else if (kind === methods + 3) exports.flush(handle, i % 1000, now);
  else if (kind === methods + 4) exports.page(program.write(`["https://shop.example/${i}?gclid=1&utm_term=a","",1,1]`));
  else
    program.call(
      handle,
      2 + random(methods - 3),
      pick(['', '[', '{"a":', '[1,]', '["\\u12"]', '"x"', 'null', deep(random(3000))]),
    );
}

test(`${calls} calls of all methods with odd arguments end none of the program`, { timeout: 1_800_000 }, async () => {
  const program = await startProgram();
  const handles = [
    program.open(),
    program.open({ persistence_name: 'second' }),
    program.open({ mixpanel: true, batch_size: 1 }),
  ];
  for (let i = 0; i < calls; i++) {
    callOdd(program, pick(handles), i);
    if (i % 2000 === 0)
      program.call(handles[0], Method.register, `[{"note":${JSON.stringify('x'.repeat(random(1024) * KiB))}}]`);
    if (i % 5000 === 4999) program.call(handles[0], Method.track, `["Deep",{"deep":${deep(5000)}}]`);
    if (i % 50 === 49) await program.endTask();
    if (program.died.length) break;
  }
  await program.endTask();
  assert.deepEqual(program.died, []);
  for (const handle of handles) program.call(handle, 10, '[]'); // opts in again
  const before = program.events;
  for (const handle of handles) program.call(handle, Method.track, '["Last",{}]');
  await program.endTask();
  assert.ok(program.events > before, 'it still sends');
  assert.ok(program.warnings.length > 100, 'it noticed what was odd');
});
