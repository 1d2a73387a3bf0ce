import type { Warning } from './types.js';
import texts from './warnings.json';

/** Why Go cannot run here, as the warning `core_failed`. */
export function whyFailed(error: unknown): Omit<Warning, 'instance'> {
  return shimWarning('core_failed', error instanceof Error ? error.message : String(error));
}

/** A warning that has to be given before Go runs. The texts are made from Go's own table by the build. */
export function shimWarning(code: keyof typeof texts, subject: string): Omit<Warning, 'instance'> {
  const { what, mend, link } = texts[code];
  return { code, what: what.replace('%s', () => subject), mend, link };
}
