// The snippet for the head of a page: loads the library asynchronously, and records calls until it is there. SRC is to be replaced by the
// address of throughline.js.
((page, document, prototype) => {
  // An element with this id is not an own property of the window, and can be replaced.
  const { value: there } = Object.getOwnPropertyDescriptor(page, 'throughline') || {};
  if (there) return there.track ? undefined : console.warn('Throughline: window.throughline is something else');
  const methods =
    'init track alias identify reset register register_once unregister time_event set_config opt_out_tracking opt_in_tracking';
  // No exception may reach the page, whatever it passed or replaced.
  const attempt = (action, failed) => {
    try {
      return action();
    } catch (_error) {
      return failed?.();
    }
  };
  const q = [];
  const standIn = () => {
    const t = {};
    for (const method of methods.split(' '))
      t[method] = (...args) => {
        const named = method === 'init' && args[2];
        let made = t;
        if (typeof named === 'string' && named) {
          const there = t[named];
          made = there?.track ? there : standIn();
          if (!there) t[named] = made; // Otherwise a method has that name, and the library will warn.
        }
        q.push([t, method, args, [attempt(() => Date.now()), location.href], made]);
        return made;
      };
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
          if (!instance) return;
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
