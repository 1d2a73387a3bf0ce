// JSON.stringify for our own data, on pages where Prototype.js 1.6 or another old library has added a toJSON to Array.prototype or
// Object.prototype. JSON.stringify calls it, and an array becomes a string that contains JSON. For primitives no toJSON is called.

const hasOwn = {}.hasOwnProperty; // Old libraries also add enumerable properties to Object.prototype.

/** Returns the JSON text of a plain value, whatever the page has added to prototypes. */
export function stringify(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) text += `${n ? ',' : ''}${stringify(value[n])}`;
    return `[${text}]`;
  }
  for (const name in value) {
    const part = (value as Record<string, unknown>)[name];
    if (part !== undefined && hasOwn.call(value, name))
      text += `${text && ','}${JSON.stringify(name)}:${stringify(part)}`;
  }
  return `{${text}}`;
}
