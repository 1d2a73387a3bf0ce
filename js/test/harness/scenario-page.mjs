// What runs in a page of a scenario, beside the library.

/** Runs in the page, before any script: numbers the requests, and makes `runScenarios` and `scenarioTraffic`. */
export function installScenarios() {
  const sent = []; // The numbers of the requests of this page.
  let unanswered = 0;
  /** Returns the numbers of the requests so far, and how many of them the page still waits for. */
  window.scenarioTraffic = () => ({ sent, unanswered });

  let order = Number(sessionStorage.getItem('order') ?? 0);
  // Calls `send` with the address and its number, and then, unless it returns false, `wait` with what to call when the request has ended.
  const count = (url, send, wait) => {
    const text = String(url);
    if (!/127\.0\.0\.1.*\/s\d/.test(text)) return send(url);
    sessionStorage.setItem('order', ++order);
    const number = order;
    const result = send(`${text}${text.includes('?') ? '&' : '?'}order=${number}`);
    if (result === false) return result;
    sent.push(number);
    if (wait) {
      unanswered++;
      wait(() => unanswered--, result);
    }
    return result;
  };
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    return count(
      url,
      (address) => open.call(this, method, address, ...rest),
      (end) => this.addEventListener('loadend', end, { once: true }),
    );
  };
  const { fetch } = window;
  window.fetch = (url, ...rest) =>
    count(
      url,
      (address) => fetch(address, ...rest),
      (end, answer) => answer.then(end, end),
    );
  const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (url, ...rest) {
    return count(url, (address) => sendBeacon.call(this, address, ...rest));
  };
  const src = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', {
    ...src,
    set(url) {
      count(
        url,
        (address) => src.set.call(this, address),
        (end) => {
          for (const type of ['load', 'error']) this.addEventListener(type, end, { once: true });
        },
      );
    },
  });

  /** Returns a value as JSON can express it, with what JSON has no form for in words. */
  const describe = (value, depth = 0) => {
    if (value === undefined) return '(undefined)';
    if (typeof value === 'function') return '(function)';
    if (typeof value === 'number' && !Number.isFinite(value)) return `(${value})`;
    if (typeof value === 'symbol' || typeof value === 'bigint') return `(${String(value)})`;
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Date || value instanceof Error) return `(${value.constructor.name})`;
    if (value instanceof Promise) return '(Promise)';
    if (depth > 8) return '(deep)';
    if (Array.isArray(value)) return value.map((item) => describe(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, describe(item, depth + 1)]));
  };

  const functionOf = (text) => new Function(`return ${text}`)();

  window.scenarioLogs = {};
  /** Runs one step of each scenario, one after the other. Returns what they returned. */
  window.runScenarios = async (scenarios) => {
    const returned = {};
    for (const { name, mark, token, api_host, config, run, isPrimary } of scenarios) {
      window.scenarioLogs[name] = [];
      const helper = {
        token,
        api_host,
        callback:
          (label, answer) =>
          (...args) => {
            window.scenarioLogs[name].push([label, ...args.map((arg) => describe(arg))]);
            return answer;
          },
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      };
      try {
        const options = functionOf(config)(helper);
        const all = { api_host, batch_requests: false, ...options };
        const tracker = isPrimary ? window.mixpanel : window.mixpanel.init(token, all, mark);
        if (isPrimary) window.mixpanel.init(token, all);
        returned[name] = describe(await functionOf(run)(tracker, helper));
      } catch (error) {
        returned[name] = `(threw ${error})`;
      }
      if (location.hash) history.replaceState(null, '', location.pathname + location.search); // A link was followed.
    }
    return returned;
  };

  /** Returns what is stored whose name or value belongs to a token. */
  window.storedFor = (token) => {
    const entries = {};
    for (const pair of document.cookie.split('; ')) {
      const at = pair.indexOf('=');
      if (pair.includes(token)) entries[`cookie ${pair.slice(0, at)}`] = decodeURIComponent(pair.slice(at + 1));
    }
    for (const [area, storage] of [
      ['localStorage', localStorage],
      ['sessionStorage', sessionStorage],
    ])
      for (const key of Object.keys(storage))
        if (key.includes(token) && !/^tl/.test(key)) entries[`${area} ${key}`] = storage.getItem(key);
    return entries;
  };
}
