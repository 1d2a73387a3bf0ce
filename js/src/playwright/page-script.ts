// Runs in every page before its own scripts: tells of each warning, also where the page has turned warnings off, together with the page's call that caused
// it. The console's own stack is not enough: until Go runs calls wait, and events wait for the end of their task, so that nothing of the page is on the
// stack when they warn.
//
// It knows three things of the library, which are the same in all its entries: each call turns its arguments into JSON and then reads document.URL
// (call-factory.ts), each call enters Go as its id and that JSON through TextEncoder.encodeInto (core/core.ts), and each warning comes as JSON (shim.ts).

import type { Report } from './browser-types.js';

/** Watches the page. `binding` is the name of a global function that takes a Report. It is passed to the page as text, so it refers to nothing outside. */
export function watchPage(binding: string): void {
  type Call = Report['calls'][number];
  const { parse, stringify } = JSON;
  const { encodeInto } = TextEncoder.prototype;
  const { warn } = console;
  const maxCalls = 5_000;
  const calls: Call[] = []; // Those that have not entered Go yet.
  let entered: Call[] = []; // Those that Go has made since it last warned, in this task. Several go to Go together, and it warns afterwards.
  let hasWarned = false;
  let lastJSON = '';

  const stack = () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 40;
    const { stack = '' } = new Error();
    Error.stackTraceLimit = stackTraceLimit;
    return stack;
  };
  const report = (text: string) => {
    const tell = (window as unknown as Record<string, unknown>)[binding] as ((report: Report) => void) | undefined;
    hasWarned = true;
    tell?.({ text, calls: entered.length ? entered : [{ args: '', stack: stack() }] });
  };
  // Takes the call with these arguments, or, of arguments that are no plain JSON, the first that has the last of their parts.
  const take = (args: string) => {
    const isExact = (call: Call) => call.args === args;
    const mayBe = (call: Call) => call.args !== '' && args.includes(call.args);
    const index = calls.findIndex(isExact);
    const [call] = calls.splice(index < 0 ? calls.findIndex(mayBe) : index, 1);
    return call ? [{ ...call, args }] : [];
  };

  JSON.stringify = (...given: unknown[]) => {
    const json = (stringify as (...given: unknown[]) => string)(...given);
    // What the library says of the page itself follows the arguments of the first call.
    if (!`${json}`.startsWith(`[${stringify(location.href)},`)) lastJSON = `${json}`;
    return json;
  };
  JSON.parse = (text: string, ...rest: unknown[]) => {
    const value = (parse as (text: string, ...rest: unknown[]) => unknown)(text, ...rest);
    if (`${text}`.startsWith('{"code":"')) {
      const { code, what, mend, link } = value as Record<string, unknown>;
      if (what && mend) report(`Throughline [${code}] ${what} ${mend} ${link}`);
    }
    return value;
  };
  const url = Object.getOwnPropertyDescriptor(Document.prototype, 'URL') as PropertyDescriptor;
  Object.defineProperty(Document.prototype, 'URL', {
    ...url,
    get() {
      calls.push({ args: lastJSON, stack: stack() });
      if (calls.length > maxCalls) calls.shift();
      return url.get?.call(this) as string;
    },
  });
  TextEncoder.prototype.encodeInto = function (text, bytes) {
    const [, args] = /^[0-9a-f]{4}-[0-9a-f]{12}\d+(\[.*)$/s.exec(`${text}`) ?? [];
    const lines = args
      ? [args]
      : [...`${text}`.matchAll(/^\d+ [0-9a-f]{4}-[0-9a-f]{12}\d+(\[.*)$/gm)].map((line) => line[1]);
    if (lines.length) {
      if (hasWarned) entered = [];
      hasWarned = false;
      entered = [...entered, ...lines.flatMap((line) => take(line as string))];
      Promise.resolve().then(() => {
        entered = [];
      });
    }
    return encodeInto.call(this, text, bytes);
  };
  console.warn = (...given: unknown[]) => {
    if (/^Throughline(:| \[)/.test(`${given[0]}`)) report(`${given[0]}`);
    warn(...given);
  };
}
