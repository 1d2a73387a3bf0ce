// The async snippet: paste it in a page's head. The build puts the library's address in place of SRC.
((page, document, prototype) => {
  // An element with this id is no property of the window's own, and gives way.
  const { value: there } = Object.getOwnPropertyDescriptor(page, 'throughline') || {};
  if (there) return there.track ? undefined : console.warn('Throughline: window.throughline is something else');
  const methods =
    'init track alias identify reset register register_once unregister time_event set_config opt_out_tracking opt_in_tracking';
  // Whatever the page passed or replaced, it hears of no exception.
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
          if (!there) t[named] = made; // Else a method has that name: the library says so.
        }
        q.push([t, method, args, [attempt(() => Date.now()), location.href], made]);
        return made;
      };
    // The library puts its own in this one's place, unless it never comes.
    const flush = () => library.ready.then(() => t.flush !== flush && t.flush());
    t.flush = flush;
    return t;
  };
  const library = standIn();
  // Elements with the names of the document's methods cover them.
  const script = prototype.createElement.call(document, 'script');
  library.ready = new Promise((resolve) => {
    // Blocked, perhaps: what waits for it goes on, and what would wait is not kept.
    script.onerror = () => {
      q.push = () => {};
      resolve(false);
    };
    // The library has taken the stand-in's place: the calls are made anew, each with the time and the page of its moment.
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
    // A policy that demands Trusted Types has to allow this one: `trusted-types throughline`.
    script.src =
      attempt(() => page.trustedTypes.createPolicy('throughline', { createScriptURL: String }).createScriptURL(url)) ||
      url;
    Reflect.get(prototype, 'head', document).appendChild(script);
  }, script.onerror);
})(window, document, Document.prototype);
