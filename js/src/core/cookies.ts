// The cookies of the page. What is in them is decided in Go (wasm/tracker/cookies.go).

import { attempt } from '../attempt.js';
import { mixpanelDomain } from '../mixpanel-domain.js';
import { readCookie } from '../record.js';

/** Cookies, as wasm/tracker/cookies.go needs them. */
export interface Cookies {
  /** Returns the value of a cookie, or ''. */
  get(name: string): string;
  /**
   * Sets a cookie, or removes it if its value is ''. The text has its name, its domain, its attributes and its value, one a line. The domain
   * may be '*', the widest that the browser allows, or '?', the one that mixpanel-browser chooses. Reports whether the browser has the cookie
   * afterwards.
   */
  set(text: string): boolean;
}

// A cookie to test which domains the browser allows.
const testName = 'tlp';

/** The cookies of this page. */
export function pageCookies(): Cookies {
  let widest: string | undefined;
  const widestDomain = () => {
    widest ??= findWidestDomain(location.hostname);
    return widest;
  };
  const set = (name: string, domain: string, attributes: string, value: string) => {
    const write = (where: string) =>
      attempt(() => writeCookie(`${name}=${encodeURIComponent(value)}${attributes}${where && `; domain=${where}`}`));
    const isKept = () => readCookie(name) === value;
    write(domain);
    if (value && domain && !isKept()) attempt(() => writeCookie(`${name}=; path=/; max-age=0`)); // One of this host alone hides it.
    return isKept();
  };
  return {
    get: readCookie,
    set(text) {
      const [name = '', domain = '', attributes = '', ...lines] = text.split('\n');
      const value = lines.join('\n');
      if (/[;=]/.test(name)) return false;
      if (domain === '*') return !!widestDomain() && set(name, widestDomain(), attributes, value);
      if (domain !== '?') return set(name, domain, attributes, value);
      // Where mixpanel-browser chooses a domain that the browser refuses, it keeps no cookie.
      return [mixpanelDomain(location.hostname), widestDomain(), ''].some((where) =>
        set(name, where, attributes, value),
      );
    },
  };
}

// An element named `cookie` covers the property of the document. Then the setter of the prototype is used.
function writeCookie(text: string): void {
  // A consent script may have replaced the property, which counts.
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous.
  if (typeof document.cookie === 'string') document.cookie = text;
  else Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')?.set?.call(document, text);
}

// Returns the widest domain that the browser accepts a cookie for, or '' if there is none: addresses, names without a dot, and where cookies are
// blocked. Only the browser knows which domains are public suffixes, such as co.uk and github.io.
function findWidestDomain(host: string): string {
  if (/^\[|\.\d+$/.test(host)) return '';
  const labels = host.split('.');
  for (let first = labels.length - 2; first >= 0; first--) {
    const domain = labels.slice(first).join('.');
    const cookie = (age: number) => `${testName}=1; path=/; max-age=${age}; domain=${domain}`;
    attempt(() => writeCookie(cookie(9)));
    const isAccepted = readCookie(testName);
    attempt(() => writeCookie(cookie(0)));
    if (isAccepted) return domain;
  }
  return '';
}
