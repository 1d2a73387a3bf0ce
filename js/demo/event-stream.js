// Reads server-sent events with fetch. EventSource is not used, because it does not tell the status of an error, so that a wrong key would
// look like a collector that is down; and because it cannot send a header, so that the key would have to be in the address.

const idleTimeout = 45_000; // Milliseconds. The collector sends something every 15 seconds, so three of these are missing then.

/** Reads a response of server-sent events to its end. Calls `onMessage` with (event, data) for each, and `abort` if nothing comes. */
export async function readStream(response, onMessage, abort) {
  const parse = createParser(onMessage);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let timer;
  try {
    for (;;) {
      timer = setTimeout(abort, idleTimeout);
      const { value, done } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Returns a function that takes the text of a stream in pieces, cut anywhere, and calls `onMessage` with (event, data) for each message. */
export function createParser(onMessage) {
  let text = '';
  let searched = 0; // Where to search next. A message may be megabytes in small pieces, which must not be searched again with each.
  return (piece) => {
    text += piece;
    for (let end = text.indexOf('\n\n', searched); end >= 0; end = text.indexOf('\n\n')) {
      const message = text.slice(0, end);
      text = text.slice(end + 2);
      dispatchMessage(message, onMessage);
    }
    searched = Math.max(0, text.length - 1);
  };
}

function dispatchMessage(message, onMessage) {
  let event = 'message';
  const data = [];
  for (const line of message.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  if (data.length) onMessage(event, data.join('\n'));
}
