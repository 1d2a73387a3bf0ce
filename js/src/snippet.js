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
        q.push([name, method, args, Date.now(), location.href]);
        if (method !== 'init' || !args[2]) return t;
        t[args[2]] = standIn(args[2]);
        return t[args[2]];
      };
    t.flush = () => t.ready.then(() => t.flush());
    return t;
  };
  const t = standIn('');
  t.q = q;
  t.ready = new Promise((r) => {
    t.r = r;
  });
  page.throughline = t;
  const script = document.createElement('script');
  script.async = true;
  script.src = 'SRC';
  document.head.appendChild(script);
})(window, document);
