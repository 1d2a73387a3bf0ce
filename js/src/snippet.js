// The async snippet: paste it in a page's head. The build puts the library's address in place of SRC.
((page, document) => {
  if (page.throughline) return;
  const methods =
    'init track alias identify reset register register_once unregister time_event set_config opt_out_tracking opt_in_tracking';
  const q = [];
  const standIn = (name) => {
    const t = {};
    for (const method of methods.split(' '))
      t[method] = (...args) => {
        q.push([name, method, args, [Date.now(), location.href]]);
        if (method !== 'init' || !args[2]) return t;
        t[args[2]] = t[args[2]] || standIn(args[2]);
        return t[args[2]];
      };
    // The library puts its own in this one's place, unless it never comes.
    const flush = () => library.ready.then(() => t.flush !== flush && t.flush());
    t.flush = flush;
    return t;
  };
  const library = standIn('');
  const script = document.createElement('script');
  library.ready = new Promise((resolve) => {
    // Blocked, perhaps: what waits for it goes on, and what would wait is not kept.
    script.onerror = () => {
      q.push = () => {};
      resolve(false);
    };
    // The library has taken the stand-in's place: the calls are made anew, each with the time and the page of its moment.
    library.q = (throughline, host, settled) => {
      for (const [name, method, args, moment] of q) {
        host.early = moment;
        (name ? throughline[name] : throughline)[method]?.(...args);
      }
      delete host.early;
      delete library.q;
      resolve(settled);
    };
  });
  page.throughline = library;
  script.async = true;
  script.src = 'SRC';
  document.head.appendChild(script);
})(window, document);
