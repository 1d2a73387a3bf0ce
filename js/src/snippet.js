// The async snippet: paste it in a page's head. The build puts the library's address in place of SRC.
!((w, d) => {
  if (w.throughline) return;
  const q = [];
  const standIn = (name) => {
    const t = {};
    'init track alias identify reset register register_once unregister time_event set_config opt_out_tracking opt_in_tracking'
      .split(' ')
      .map((m) => {
        t[m] = function () {
          const a = arguments;
          q.push([name, m, a, Date.now(), location.href]);
          return m === 'init' && a[2] ? (t[a[2]] = standIn(a[2])) : t;
        };
      });
    t.flush = () => t.ready.then(() => t.flush());
    return t;
  };
  const t = (w.throughline = standIn(''));
  t.q = q;
  t.ready = new Promise((r) => {
    t.r = r;
  });
  const s = d.createElement('script');
  s.async = true;
  s.src = 'SRC';
  d.head.appendChild(s);
})(window, document);
