// The snippet for the head of a page: loads the library asynchronously, and records calls until it is there. SRC is to be replaced by the
// address of throughline.js.
((page, document, prototype) => {
  // An element with this id is not an own property of the window, and can be replaced.
  const { value: there } = Object.getOwnPropertyDescriptor(page, 'throughline') || {};
  if (there) return there.track ? undefined : console.warn('Throughline: window.throughline is something else');
  // As in throughline.ts, but every method is only recorded, by its name.
  const methodName =
    /^((add|clear|get|has|is|name|opt|reg|rem|set|start|stop|time|track|un)[a-z]*_[a-z_]+|(ini|tra|ali|ide|res|regis|unr|flag|peop|push|disa)[a-z]{0,6})$/;
  // No exception may reach the page, whatever it passed or replaced.
  const attempt = (action, failed) => {
    try {
      return action();
    } catch (_error) {
      return failed?.();
    }
  };
  const q = [];
  const withMethods = (there, pattern, create) =>
    new Proxy(there, {
      get: (target, key) => (key in target || !pattern.test(String(key)) ? target[key] : create(key)),
    });
  const standIn = () => {
    const method = (name, bound) => {
      const members = (there, args) =>
        withMethods(there, /^(?!then$)[a-z_]+$/, (member) => method(`${name}.${member}`, args));
      return members((...args) => {
        const all = [...bound, ...args];
        let made = t;
        if (name === 'init' && typeof args[2] === 'string' && args[2]) {
          const there = args[2] in t && t[args[2]];
          made = there?.track ? there : standIn();
          if (!there && !methodName.test(args[2])) t[args[2]] = made; // A method may have that name: the library will warn.
        }
        q.push([t, name, all, [attempt(() => Date.now()), location.href], made]);
        if (name === 'init') return made;
        if (/^flags/.test(name)) return /(sync|ready)$/.test(name) ? args[1] : Promise.resolve(args[1]);
        if (/^get_/.test(name)) return members({}, all);
      }, bound);
    };
    const t = withMethods({}, methodName, (name) => method(name, []));
    // The library replaces this function when it is loaded. If that fails, `ready` resolves and this function is still here.
    const flush = () => library.ready.then(() => t.flush !== flush && t.flush());
    t.flush = flush;
    return t;
  };
  const library = standIn();
  // Called on the prototype, because elements can cover the methods of the document (DOM clobbering).
  const script = prototype.createElement.call(document, 'script');
  library.ready = new Promise((resolve) => {
    // The script may be blocked. Then code that awaits `ready` continues, and no further calls are recorded.
    script.onerror = () => {
      q.push = () => {};
      resolve(false);
    };
    // Called by the library: makes the recorded calls, each with its own time and page.
    library.q = (throughline, host, settled) => {
      const instances = new Map([[library, throughline]]);
      for (const [t, method, args, moment, made] of q) {
        host.early = moment;
        attempt(() => {
          const instance = instances.get(t)[method](...args);
          if (method !== 'init' || !instance) return;
          instances.set(made, instance);
          Object.assign(made, instance);
        });
      }
      delete host.early;
      delete library.q;
      resolve(settled);
    };
  });
  page.throughline = library;
  const url = 'SRC';
  script.async = true;
  attempt(() => {
    // A Content-Security-Policy that requires Trusted Types must allow this policy: `trusted-types throughline`.
    script.src =
      attempt(() => page.trustedTypes.createPolicy('throughline', { createScriptURL: String }).createScriptURL(url)) ||
      url;
    Reflect.get(prototype, 'head', document).appendChild(script);
  }, script.onerror);
})(window, document, Document.prototype);
