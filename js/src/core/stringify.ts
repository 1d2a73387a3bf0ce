// Texts of ours, on pages where old libraries (Prototype.js 1.6) gave Array.prototype or Object.prototype a toJSON, which
// JSON.stringify then obeys: an array becomes a text within the text. Of primitives JSON.stringify asks nothing of the kind.

const useBuiltins = {}.hasOwnProperty; // Old libraries give all objects further members.

/** What JSON.stringify makes of a value that JSON.parse could have made, whatever the page did to prototypes. */
export function stringify(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) text += `${n ? ',' : ''}${stringify(value[n])}`;
    return `[${text}]`;
  }
  for (const name in value) {
    const part = (value as Record<string, unknown>)[name];
    if (part !== undefined && useBuiltins.call(value, name))
      text += `${text && ','}${JSON.stringify(name)}:${stringify(part)}`;
  }
  return `{${text}}`;
}
