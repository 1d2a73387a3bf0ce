// track_links and track_forms, as mixpanel-browser has them.
//
// An event that Go has taken is in localStorage, and leaving the page sends it, so a click or a submission is not held up: it goes on as the
// browser does it, with its target, its modifier keys and its submit button, or as a router of the page does it. Only with a callback,
// which may return false to prevent it, it waits for the event to be sent, or for `track_links_timeout`.

import { attempt } from '../attempt.js';
import type { LiveArguments } from '../border.js';
import { documentProperty } from '../document.js';
import type { Instance } from '../types.js';
import { guard } from '../warn.js';

type Members = Record<string, unknown>;

/** Continues a click or submission that was held back. */
type GoOn = () => void;

// Milliseconds, as in mixpanel-browser.
const defaultTimeout = 300;

/** Reports whether these are the arguments of a call by name of track_links or track_forms, which needs the page's own elements and functions. */
export const isElementCall = ([name]: LiveArguments): boolean => name === 'track_links' || name === 'track_forms';

/**
 * Makes a call of track_links or track_forms. Returns what mixpanel-browser returns: true, or false if the elements are looked for later, when
 * the document has been parsed. `warn` is called if there are none.
 */
export function trackElements(
  api: Instance,
  live: LiveArguments,
  warn: (subject: string) => void,
): boolean | undefined {
  const [name, query, event, properties, callback] = live;
  if (readOption(api, 'img')) return false; // As mixpanel-browser: an image tells nobody when it has been sent.
  if (documentProperty('readyState') === 'loading') {
    addEventListener('DOMContentLoaded', () => void trackElements(api, live, warn), { once: true });
    return false;
  }
  const isForm = name === 'track_forms';
  const type = isForm ? 'submit' : 'click';
  let count = 0;
  for (const element of elementsOf(query)) {
    const onEvent = (occurrence: Event) => {
      const props = propertiesOf(element, properties, isForm);
      if (typeof callback === 'function') trackFirst(occurrence, props);
      else guard(() => api.track(event as string, props));
    };
    // mixpanel-browser calls the callback when the event was sent, or after a time, and goes on unless it returns false.
    const trackFirst = (occurrence: Event, props: Members) => {
      const goOn = attempt(() => holdBack(occurrence, element, isForm, props.url as string));
      let isFinished: boolean | undefined;
      const finish = (isTimeout: boolean) => {
        if (isFinished) return;
        isFinished = true;
        let result: unknown;
        guard(() => {
          result = (callback as (isTimeout: boolean, props: Members) => unknown)(isTimeout, props);
        });
        if (result !== false && goOn) window.setTimeout(goOn);
      };
      // The page's setTimeout of this moment, so that fake timers of its tests apply.
      window.setTimeout(finish, readOption(api, 'track_links_timeout') ?? defaultTimeout, true);
      guard(() => (api.track as (...args: unknown[]) => void)(event, props, () => finish(false)));
    };
    // Not the element's own method: an input of that name covers it in a form, and the list may hold anything.
    attempt(() => {
      addEventListener.call(element, type, onEvent);
      count++;
    });
  }
  if (count) return true;
  warn(`${name}(${attempt(() => `${query}`)})`);
  return;
}

const readOption = (api: Instance, name: string) =>
  attempt(() => (api.get_config as (name: string) => number | undefined)(name));

/** Returns the elements that a query means: a CSS selector, an element, or a list of elements such as jQuery's. */
function elementsOf(query: unknown): Element[] {
  return (
    attempt(() => {
      if (isNode(query)) return [query as Element];
      return Object(query) === query ? Array.from(query as ArrayLike<Element>).filter(isNode) : select(`${query}`);
    }) ?? []
  );
}

// The browser checks what it is called on, so this recognises the nodes of frames too, and no imitations.
const rootOf = (value: unknown): unknown => attempt(() => Node.prototype.getRootNode.call(value as Node));
const isNode = (value: unknown): boolean => !!rootOf(value);

// mixpanel-browser's own selectors allow what CSS does not: ids and values that begin with a digit.
const select = (selector: string): Element[] =>
  attempt(() => selectAll(selector)) ??
  selectAll(
    selector
      .replace(/#([^\s#.:,>[\]]+)/g, (_, id) => `#${CSS.escape(id)}`)
      .replace(/=\s*([^"'\]]+)\]/g, (_, value) => `="${CSS.escape(value)}"]`),
  );

// Called on the prototype, because elements can cover the methods of the document (DOM clobbering).
const selectAll = (selector: string): Element[] =>
  Array.from(Document.prototype.querySelectorAll.call(document, selector));

function propertiesOf(element: Element, properties: unknown, isForm: boolean): Members {
  let own = properties;
  if (typeof properties === 'function')
    guard(() => {
      own = properties(element);
    });
  const props: Members = attempt(() => (Object(own) === own ? { ...(own as Members) } : {})) ?? {};
  const url = !isForm && linkAddress(element);
  if (url) props.url = url;
  return props;
}

// The address of a link, also of a link in SVG, whose `href` is an object. The page may have replaced the property.
function linkAddress(element: Element): string | undefined {
  return attempt(() => {
    const { href } = element as HTMLAnchorElement;
    if (typeof href === 'string') return href;
    const { baseVal } = href as SVGAnimatedString;
    return baseVal && new globalThis.URL(baseVal, document.baseURI).href;
  });
}

/**
 * Prevents the default action of a click or a submission, once all listeners of the page have seen it. Returns a function that makes up
 * for the action, unless the page itself prevented it: then its own code does what is to be done. Returns undefined if the action may take its
 * course, because it does not leave this page.
 */
function holdBack(occurrence: Event, element: Element, isForm: boolean, url: string): GoOn | undefined {
  const { defaultPrevented, cancelable, bubbles, type } = occurrence;
  if (defaultPrevented || !cancelable || (!isForm && (!url || opensElsewhere(occurrence as MouseEvent, element))))
    return;
  const { prototype } = Event;
  let isPrevented = false; // By the page.
  const hold = () => {
    if (occurrence.defaultPrevented) isPrevented = true;
    else prototype.preventDefault.call(occurrence);
  };
  const holdAtWindow = (latest: Event) => {
    removeEventListener(type, holdAtWindow);
    if (latest === occurrence) hold();
  };
  const replace = (name: string, value: () => void) =>
    Object.defineProperty(occurrence, name, { value, configurable: true });
  // What listeners after this one do must be noticed too, although the event does not tell who prevented it.
  replace('preventDefault', () => {
    isPrevented = true;
    prototype.preventDefault.call(occurrence);
  });
  for (const name of ['stopPropagation', 'stopImmediatePropagation'] as const)
    replace(name, () => {
      prototype[name].call(occurrence);
      holdAtWindow(occurrence);
    });
  // The window is the last that a bubbling event passes. Routers that listen at the document have then taken what is theirs.
  if (bubbles && rootOf(element) === document) addEventListener(type, holdAtWindow);
  else hold();
  return () => {
    if (isPrevented) return;
    if (isForm) submit(element as HTMLFormElement, (occurrence as SubmitEvent).submitter);
    else location.href = url;
  };
}

// Reports whether a click opens another tab or window, or downloads: this page stays, so nothing has to wait.
function opensElsewhere(click: MouseEvent, link: Element): boolean {
  const { button, metaKey, ctrlKey, shiftKey, altKey } = click;
  const { target } = link as HTMLAnchorElement;
  return (
    !!button ||
    metaKey ||
    ctrlKey ||
    shiftKey ||
    altKey ||
    Element.prototype.hasAttribute.call(link, 'download') ||
    !!(target && target !== '_self')
  );
}

// Submits a form as its button would have done, with the button's name and attributes, without calling the page's listeners again.
function submit(form: HTMLFormElement, submitter: HTMLElement | null): void {
  const { prototype } = HTMLFormElement;
  const silence = (latest: Event) => {
    if (latest.target === form) latest.stopImmediatePropagation();
  };
  addEventListener('submit', silence, true);
  attempt(
    () => prototype.requestSubmit.call(form, submitter),
    () => prototype.submit.call(form), // Of a browser without requestSubmit, or if the button has been removed.
  );
  removeEventListener('submit', silence, true);
}
