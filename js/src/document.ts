// Properties of the document, past elements that cover them: `<img name=URL>` on a page makes an element of document.URL (DOM
// clobbering). What the prototype's getter says, no element's name can change.

/** Reads a property of the document; undefined where the browser has none of that name. */
export function documentProperty<Value>(name: string): Value | undefined {
  // Under Node a test's DOM may come without its classes.
  const owner = typeof Document === 'function' ? Document.prototype : document;
  return Reflect.get(owner, name, document);
}
