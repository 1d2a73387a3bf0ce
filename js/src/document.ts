// Properties of the document, past elements that cover them: `<img name=URL>` on a page makes an element of document.URL (DOM
// clobbering). What the prototype's getter says, no element's name can change.

/** Returns what reads a property of the document; it answers undefined where the browser has none of that name. */
export function documentGetter<Value>(name: string): () => Value | undefined {
  // Under Node a test's DOM may come without its classes.
  const owner = typeof Document === 'function' ? Document.prototype : document;
  const { get } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  return () => {
    const value: unknown = document[name as keyof Document];
    // A text or a yes is no element: a test's, perhaps, that hides its page so.
    return (Object(value) === value ? get?.call(document) : value) as Value | undefined;
  };
}

/** Reads a property of the document. */
export const documentProperty = <Value>(name: string): Value | undefined => documentGetter<Value>(name)();
