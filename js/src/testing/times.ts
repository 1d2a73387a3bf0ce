// The times of events, in all forms that Mixpanel's clients send them. The rule is the collector's (collector/ingest/time.go).

// The numbers below which one is taken as seconds, milliseconds and microseconds. From the last on it is nanoseconds.
const units: readonly (readonly [below: number, factor: number])[] = [
  [1e11, 1000],
  [1e14, 1],
  [1e17, 1e-3],
  [Infinity, 1e-6],
];

/** Returns a time in milliseconds since 1970, 0 where there is none, and undefined for what is no time. */
export function millisecondsOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'string' && !/^\s*[\d.eE+-]+\s*$/.test(value)) return finite(Date.parse(value));
  const number = Number(typeof value === 'string' || typeof value === 'number' ? value : NaN);
  const [, factor = 1] = units.find(([below]) => Math.abs(number) < below) ?? [];
  const milliseconds = finite(Math.round(number * factor));
  // A date such as 2026-01-02, which looks like a number above.
  return milliseconds ?? (typeof value === 'string' ? finite(Date.parse(value)) : undefined);
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
