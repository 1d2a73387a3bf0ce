// Reads the records in what Mixpanel's clients send: JSON, one JSON object per line, or base64 of either, in a form or by itself.

/** The error for a body in which there are no records. */
export class NoRecordsError extends Error {}

/** Returns the records of a body that is a form with a field `data`, or JSON by itself. */
export function recordsOfBody(body: Uint8Array): unknown[] {
  const text = decodeUTF8(body).trim();
  if (isJSON(text)) return recordsOfJSON(text);
  const data = new URLSearchParams(text).get('data');
  if (!data) throw new NoRecordsError('there is no data: send JSON, or a form field data with JSON or base64 of it');
  return recordsOfData(data);
}

/** Returns the records in the field `data` of a form or a query. */
export function recordsOfData(data: string): unknown[] {
  const text = data.trim();
  return recordsOfJSON(isJSON(text) ? text : decodeUTF8(bytesOfBase64(text)).trim());
}

function recordsOfJSON(text: string): unknown[] {
  try {
    return [JSON.parse(text)].flat() as unknown[];
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim())
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      throw new NoRecordsError('the data is neither JSON nor base64 of JSON');
    }
  }
}

const isJSON = (text: string) => /^[[{]/.test(text);

// Undoes what happens to base64 on its way: form decoders turn plus signs into spaces, and some clients use the URL alphabet.
function bytesOfBase64(text: string): Uint8Array {
  try {
    const bytes = atob(
      text
        .replace(/[ -]/g, '+')
        .replace(/_/g, '/')
        .replace(/[\r\n=]/g, ''),
    );
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  } catch {
    throw new NoRecordsError('the data is neither JSON nor base64 of JSON');
  }
}

// mixpanel-browser's base64 has each half of a character outside of the basic plane by itself, as three bytes (CESU-8).
function decodeUTF8(bytes: Uint8Array): string {
  const repaired: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const high = surrogateAt(bytes, i);
    const low = surrogateAt(bytes, i + 3);
    if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00) {
      const point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
      repaired.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
      i += 5;
    } else repaired.push(bytes[i] as number);
  }
  return new TextDecoder().decode(Uint8Array.from(repaired));
}

// Returns the half of a character whose three bytes begin there, or 0.
function surrogateAt(bytes: Uint8Array, at: number): number {
  const [first, second = 0, third = 0] = bytes.subarray(at, at + 3);
  return first === 0xed && second >= 0xa0 ? 0xd000 | ((second & 63) << 6) | (third & 63) : 0;
}
