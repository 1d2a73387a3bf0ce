// How a browser is made to send what it sends to a collector to the endpoint instead. The page is not changed, and neither its own code nor what the
// browser sends after the page is gone (beacons, keepalive requests) escapes: the browser's network process finds the endpoint at the collector's address.

/** Mixpanel's own addresses, and so the default of `api_host`. */
export const mixpanelHosts: readonly string[] = [
  'api.mixpanel.com',
  'api-js.mixpanel.com',
  'api-eu.mixpanel.com',
  'api-in.mixpanel.com',
];

/**
 * Returns the command line arguments with which Chromium, Chrome or Edge sends every request for these hosts to a port of 127.0.0.1. A host is a name,
 * which stands for all its ports, or an address such as `https://collect.example`, which stands for one.
 */
export function chromiumArgs(hosts: readonly string[], port: number, keyHash: string): string[] {
  return [
    `${resolverRules}${hosts.map((host) => `MAP ${hostAndPort(host)} 127.0.0.1:${port}`).join(',')}`,
    `--ignore-certificate-errors-spki-list=${keyHash}`,
    // A page of a public site may not send to loopback without asking the visitor (Local Network Access).
    `--ip-address-space-overrides=127.0.0.1:${port}=public`,
  ];
}

/** Returns a function that tells whether an address is one of these hosts. */
export function hostMatcher(hosts: readonly string[]): (url: URL) => boolean {
  const known = new Set(hosts.map(hostAndPort));
  return ({ hostname, port, protocol }) =>
    known.has(hostname) || known.has(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
}

const resolverRules = '--host-resolver-rules=';

/** Adds arguments to those of a project. Chromium obeys only the last of several lists of rules, so that these become one. */
export function mergeArgs(own: readonly string[], added: readonly string[]): string[] {
  if (!added.length) return [...own];
  const all = [...own, ...added];
  const rules = all.filter((arg) => arg.startsWith(resolverRules)).map((arg) => arg.slice(resolverRules.length));
  return [...all.filter((arg) => !arg.startsWith(resolverRules)), `${resolverRules}${rules.join(',')}`];
}

function hostAndPort(host: string): string {
  if (!host.includes('://')) return host;
  const { hostname, port, protocol } = new URL(host);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
