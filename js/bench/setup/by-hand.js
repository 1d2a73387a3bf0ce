// The lower bound: a minimal script that stores events at the end of their task and sends them every half second. It has no identity, no
// warnings, no retries, and does not coordinate tabs.

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
