#!/usr/bin/env node
// throughline-endpoint, the command for test runners that are not written in JavaScript, or whose tests run in the page.

import { startEndpoint } from './endpoint.js';

const usage = `throughline-endpoint [--port 8090] [--api-host https://collect.example ...]

Starts an endpoint in the place of the collector, and prints its address and the arguments of Chromium as JSON.
`;

const options = { port: 8090, apiHosts: [] as string[] };
for (const [index, arg] of process.argv.entries()) {
  const value = process.argv[index + 1] ?? '';
  if (arg === '--port') options.port = Number(value);
  if (arg === '--api-host') options.apiHosts.push(value);
  if (arg === '--help') {
    process.stdout.write(usage);
    process.exit();
  }
}
const { url, chromiumArgs } = await startEndpoint(options);
process.stdout.write(`${JSON.stringify({ url, chromiumArgs })}\n`);
