// Server-sent events over fetch. EventSource does not say why it failed, so a wrong key would look like a dead collector;
// it also cannot send a header, and the key would have to stand in the address.

const silence = 45_000; // The collector shows every 15 s that it lives; three missed, and nobody is there.

/** Reads a response of server-sent events to its end. `take` is called with (event, data) for each. */
export async function readStream(response, take, abort) {
  const parse = parser(take);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let alarm;
  try {
    for (;;) {
      alarm = setTimeout(abort, silence);
      const { value, done } = await reader.read();
      clearTimeout(alarm);
      if (done) return;
      parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(alarm);
  }
}

/** Takes the text of a stream piece by piece, wherever it was cut, and calls `take` with (event, data) for each message. */
export function parser(take) {
  let text = '';
  let searched = 0; // A message may be megabytes in small pieces: do not look at them again and again.
  return (piece) => {
    text += piece;
    for (let end = text.indexOf('\n\n', searched); end >= 0; end = text.indexOf('\n\n')) {
      const message = text.slice(0, end);
      text = text.slice(end + 2);
      tell(message, take);
    }
    searched = Math.max(0, text.length - 1);
  };
}

function tell(message, take) {
  let event = 'message';
  const data = [];
  for (const line of message.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  if (data.length) take(event, data.join('\n'));
}
