import type { Warning } from './types.js';
import texts from './warnings.json';

const readme = 'https://github.com/throughline/throughline#warning-';

/** A warning that has to be given before Go runs, or because it does not. The texts are Go's own (wasm/tools/warnings). */
export function shimWarning(code: keyof typeof texts, subject: string): Omit<Warning, 'instance'> {
  const { what, mend } = texts[code];
  return { code, what: what.replace('%s', () => subject), mend, link: readme + code.replaceAll('_', '-') };
}

/** Why Go cannot run here, as the warning `core_failed`. */
export function whyFailed(error: unknown): Omit<Warning, 'instance'> {
  return shimWarning('core_failed', error instanceof Error ? error.message : String(error));
}
