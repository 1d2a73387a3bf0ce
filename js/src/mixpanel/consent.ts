// Consent as mixpanel-browser keeps it: a flag for each token, in localStorage or a cookie, '1' for an opt-in and '0' for an opt-out. This file
// reads and writes the flag as mixpanel-browser does, so that a page with it, in another tab or after a roll-back, agrees. Go is told of every
// change, also of those that another tab made; what an opt-out deletes and what an opt-in sends is decided there (wasm/tracker/consent.go).

import { attempt } from '../attempt.js';
import { Method } from '../border.js';
import { mixpanelDomain } from '../mixpanel-domain.js';
import { optionsOf } from '../options.js';
import { readCookie, recordKey } from '../record.js';
import { parse } from '../serialise.js';
import type { PageShim, Shim } from '../shim.js';
import { read, remove } from '../storage.js';
import type { StoredRecord } from '../stored-record.js';
import type { Tracker } from '../tracker.js';
import { guard } from '../warn.js';

/** The options of a call, and those of `init` that consent depends on. */
interface ConsentOptions {
  persistence_type?: string;
  cookie_prefix?: string | null;
  track?: Track | false | null;
  track_event_name?: string;
  track_properties?: object;
  clear_persistence?: boolean;
  enable_persistence?: boolean;
  delete_user?: boolean;

  cookie_domain?: string;
  cookie_expiration?: number | null;
  cross_site_cookie?: boolean;
  cross_subdomain_cookie?: boolean;
  ignore_dnt?: boolean;
  opt_out_persistence_by_default?: boolean;
  opt_out_tracking_by_default?: boolean;
  opt_out_tracking_cookie_prefix?: string | null;
  opt_out_tracking_persistence_type?: string;
  secure_cookie?: boolean;
  window?: object;
}

type Track = (event: string, properties?: object, options?: object) => unknown;

/** Mixpanel's methods of consent for one tracker. */
export interface Consent {
  /** The public methods, as `mixpanel-browser` has them. */
  methods: {
    opt_in_tracking(options?: unknown): void;
    opt_out_tracking(options?: unknown): void;
    clear_opt_in_out_tracking(options?: unknown): void;
    has_opted_in_tracking(options?: unknown): boolean;
    has_opted_out_tracking(options?: unknown): boolean;
  };
  /** Must be called by `init` before Go opens the tracker: applies what an earlier page was told, and the site's default. */
  start(): void;
  /** Reports whether the visitor may be recorded now. Without that, most of Mixpanel's methods do nothing. */
  isRecordingAllowed(): boolean;
  /** Reports whether a call must be refused. Its callback, the last argument, then gets 0, as with mixpanel-browser. */
  refuses(method: string, args: readonly unknown[]): boolean;
}

/** Creates the methods of a tracker. `track` is its public method. */
export function createConsent(shim: Shim, tracker: Tracker, track: Track): Consent {
  const config = () => tracker.config as ConsentOptions;
  const early: (() => void)[] = []; // Calls made before init.
  const unstored: Record<string, string> = {}; // The flags that the browser does not store, by key: they count on this page.
  let isTold = true; // What Go was told: whether the visitor may be recorded.

  const resolve = (options: unknown): ConsentOptions => ({
    ...config(),
    ...(optionsOf(options) as ConsentOptions),
  });

  // The flag that the options mean.
  const keyOf = ({ cookie_prefix, opt_out_tracking_cookie_prefix }: ConsentOptions) =>
    `${(cookie_prefix ?? opt_out_tracking_cookie_prefix) || '__mp_opt_in_out_'}${tracker.token}`;
  const readFlag = (options: ConsentOptions) => {
    const key = keyOf(options);
    return unstored[key] || (isInStorage(options) ? read : readCookie)(key);
  };
  const writeFlag = (options: ConsentOptions, flag: string) => {
    const key = keyOf(options);
    if (!isInStorage(options)) writeCookie(key, flag, options);
    else if (flag) attempt(() => localStorage.setItem(key, flag));
    else remove(key);
    unstored[key] = '';
    if (readFlag(options) !== flag) unstored[key] = flag;
  };

  const isOptedOut = (options: ConsentOptions, page?: object) =>
    (!options.ignore_dnt && asksNotToBeTracked(page)) || readFlag(options) === '0';

  const tell = ({ clear_persistence, enable_persistence, delete_user }: ConsentOptions) => {
    isTold = !isOptedOut(config(), config().window);
    shim.dispatch(tracker, isTold ? Method.OptIn : Method.OptOut, [
      { clear_persistence, enable_persistence, delete_user },
    ]);
  };

  // Returns the method that sets the flag, or removes it if it is ''.
  const deciding = (method: string, flag: string, defaults: ConsentOptions) => {
    const decide = (given?: unknown): void => {
      if (!tracker.token) {
        early.push(() => decide(given));
        shim.dispatch(tracker, Method.HasOptedOut, [], method); // It warns that init was not called.
        return;
      }
      const options = resolve({ track, ...defaults, ...optionsOf(given) });
      writeFlag(options, flag);
      tell(options);
      const { track: report, track_event_name, track_properties } = options;
      if (flag === '1' && report)
        guard(() => report(track_event_name || '$opt_in', track_properties, { send_immediately: true }));
    };
    return decide;
  };

  const isRecordingAllowed = () => {
    if (!tracker.token) return true;
    const isAllowed = !isOptedOut(config(), config().window);
    if (isAllowed !== isTold) tell({}); // Another tab has changed the flag, or the page the options.
    return isAllowed;
  };

  const optIn = deciding('opt_in_tracking', '1', { enable_persistence: true });
  const optOut = deciding('opt_out_tracking', '0', { clear_persistence: true, delete_user: true });

  return {
    methods: {
      opt_in_tracking: optIn,
      opt_out_tracking: optOut,
      clear_opt_in_out_tracking: deciding('clear_opt_in_out_tracking', '', { enable_persistence: true }),
      has_opted_in_tracking: (options) => readFlag(resolve(options)) === '1',
      has_opted_out_tracking: (options) => isOptedOut(resolve(options)),
    },
    isRecordingAllowed,
    refuses(method, args) {
      if (isRecordingAllowed()) return false;
      shim.dispatch(tracker, Method.Warn, ['opted_out', method]);
      const callback = args[args.length - 1];
      if (typeof callback === 'function') guard(() => callback(0));
      return true;
    },
    start() {
      const options = config();
      const cookie = resolve({ persistence_type: 'cookie' });
      // What the visitor told this library's own entry, before the site changed to this one. Go removes it from the record.
      const key = recordKey(tracker.token as string, tracker.config.persistence_name);
      const { opt_ms, opted_out } = attempt(() => parse(read(key)) as StoredRecord) ?? {};
      if (opt_ms && !readFlag(options)) writeFlag(options, opted_out ? '0' : '1');
      if (isInStorage(options)) {
        const flag = readFlag(cookie);
        if (flag && flag !== readFlag(options))
          if (flag === '1') optIn({ enable_persistence: false });
          else optOut({ clear_persistence: false });
        writeFlag(cookie, '');
      }
      const hasOptedOut = isOptedOut(options);
      const isUndecided = !hasOptedOut && readFlag(options) !== '1';
      // What the core reads when it opens the tracker may differ, for example with the option `window`, so it is always told.
      if (!isUndecided || !(config().opt_out_tracking_by_default || readCookie('mp_optout')))
        tell({ clear_persistence: hasOptedOut });
      else {
        writeCookie('mp_optout', '', {});
        optOut({ clear_persistence: !!config().opt_out_persistence_by_default });
      }
      for (const call of early) call();
      addEventListener('storage', ({ key }) => {
        if (key === keyOf(config())) isRecordingAllowed();
      });
      // Until the core runs, another tab may change the flag.
      (shim as Partial<PageShim>).settled?.then(() => tell({}));
    },
  };
}

// Reports whether the browser asks not to be tracked: by Do Not Track, in all forms that mixpanel-browser knows, or Global Privacy Control, which
// it does not know.
function asksNotToBeTracked(page: object = window): boolean {
  const { navigator = {}, doNotTrack } = page as { navigator?: Record<string, unknown>; doNotTrack?: unknown };
  const signals = [doNotTrack, navigator.doNotTrack, navigator.msDoNotTrack, navigator.globalPrivacyControl];
  return signals.some((signal) => [true, 1, '1', 'yes'].includes(signal as string));
}

let isStorageWorking: boolean | undefined;

// Reports whether the flag is in localStorage. mixpanel-browser, too, uses a cookie where localStorage does not work.
function isInStorage({ persistence_type, opt_out_tracking_persistence_type }: ConsentOptions): boolean {
  isStorageWorking ??= !!attempt(() => {
    const key = '__mplss_';
    localStorage.setItem(key, key);
    const stored = read(key);
    remove(key);
    return stored;
  });
  return (persistence_type ?? opt_out_tracking_persistence_type) === 'localStorage' && isStorageWorking;
}

// Writes a cookie as mixpanel-browser does, or removes it if the value is ''.
function writeCookie(name: string, value: string, options: ConsentOptions): void {
  const days = value ? options.cookie_expiration : -1;
  const expires =
    typeof days === 'number' && days ? `; expires=${new Date(Date.now() + days * 864e5).toUTCString()}` : '';
  const site = options.cross_site_cookie ? '; SameSite=None; secure' : options.secure_cookie ? '; secure' : '';
  const write = (domain?: string | false) =>
    attempt(() => {
      // biome-ignore lint/suspicious/noDocumentCookie: The Cookie Store API is asynchronous and missing in older browsers.
      document.cookie = `${name}=${value}${expires}; path=/${domain ? `; domain=${domain}` : ''}${site}`;
    });
  const shared = mixpanelDomain(location.hostname);
  write(options.cookie_domain || (options.cross_subdomain_cookie && shared && `.${shared}`));
  // Browsers refuse a cookie for a public suffix, which mixpanel-browser may take for a site's domain. One that is removed may be such a one.
  if (readCookie(name) !== value || !value) write();
}
