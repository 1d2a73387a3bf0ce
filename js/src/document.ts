// Reads properties of the document even where elements cover them: with `<img name=URL>` on a page, document.URL is that element (DOM
// clobbering). The getter of the prototype is not affected.

import { attempt } from './attempt.js';

/** Returns a function that reads a property of the document, or undefined where the browser does not know the property. */
export function documentGetter<Value>(name: string): () => Value | undefined {
  // In tests under Node, the DOM may be global without its classes.
  const owner = typeof Document === 'function' ? Document.prototype : document;
  const { get } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  // A property that the page has defined may throw.
  return () =>
    attempt(() => {
      const value: unknown = document[name as keyof Document];
      // A primitive cannot be an element. A test may have defined it on the document itself, for example `hidden`, so it is used.
      return (Object(value) === value ? get?.call(document) : value) as Value | undefined;
    });
}

/** Reads a property of the document. */
export const documentProperty = <Value>(name: string): Value | undefined => documentGetter<Value>(name)();
