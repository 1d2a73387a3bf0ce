// The floor: the least script that keeps the promise of storing events when their task ends, and sends them each half second.
// No identity, no warnings, no retry after a failure, no second tab.

window.byHand = (url, token) => {
  const visitor = localStorage.getItem('by-hand') ?? crypto.randomUUID();
  localStorage.setItem('by-hand', visitor);
  const page = { token, distinct_id: visitor, $current_url: location.href, $referrer: document.referrer };
  const waiting = [];
  let task = [];
  let stored = 0;
  let sending;

  function endTask() {
    const key = `by-hand-${++stored}`;
    const text = task.map((event) => JSON.stringify(event)).join();
    task = [];
    localStorage.setItem(key, text);
    waiting.push([key, text]);
    sending ??= setTimeout(send, 500);
  }

  async function send() {
    const sent = waiting.splice(0);
    const data = encodeURIComponent(`[${sent.map(([, text]) => text).join()}]`);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await (await fetch(`${url}/track/`, { method: 'POST', headers, body: `data=${data}` })).text();
    for (const [key] of sent) localStorage.removeItem(key);
    sending = waiting.length ? setTimeout(send, 500) : undefined;
  }

  return {
    track(event, properties) {
      if (!task.length) queueMicrotask(endTask);
      const time = Date.now();
      task.push({ event, properties: { ...page, time, $insert_id: `${time}-${Math.random()}`, ...properties } });
    },
    ready: () => Promise.resolve(),
  };
};
