// Live View: keeps the events of a project up to date on the page.

import { announceEvents } from './announce.js';
import { Collector } from './collector.js';
import { showEvent } from './details-dialog.js';
import { byID, foreignText } from './dom.js';
import { EventList } from './event-list.js';
import { Events, matches } from './events.js';
import { Feed } from './feed.js';
import { clip, count } from './format.js';
import { badge } from './looks.js';
import { People } from './people.js';
import { PersonCards } from './person-cards.js';
import { PersonDetails } from './person-details.js';
import { showConnectionState, showStatusMessage } from './status-message.js';

const pageSize = 200; // The number of rows at first, and of events in one request.
const maxRows = 1000;
const maxDrawingShare = 4; // The pause after drawing is this many times as long as drawing took, so that many events do not block the page.
const minDrawInterval = 16; // Milliseconds.
const minShownRate = 50; // Events a second.
const widthPerLane = 100; // Pixels. The list gets one lane for each of these.
const minLanes = 4;
const maxLanes = 12;

/** Live View of one project. Events may arrive at any rate; they are drawn together, at intervals. */
export class LiveView {
  /** Knows which person each id belongs to. The demo uses it too. */
  people;
  /** The client of the collector. The demo uses it too. */
  collector;

  #isLiveViewOnly;
  #storage;
  #onDraw;
  #events = new Events();
  #details;
  #cards;
  #list;
  #feed;
  #pendingEvents = [];
  #outdated = new Set();
  #state = 'connecting';
  #detail = {};
  #isPaused = false;
  #pausedCount = 0; // arrived while paused
  #search = '';
  #followed;
  #isVisible = false; // whether Live View is in the viewport
  #rows = pageSize;
  #hasOlder = false; // whether the collector has events older than those kept here
  #timer;
  #drawingTime = 0;
  #lastDrawnAt = performance.now();

  /** `storage` has the saved looks as `saved`, save(looks) and storeKey(key). `onDraw` is called after each drawing. */
  constructor({ token, key, isLiveViewOnly, storage, onDraw }) {
    this.#isLiveViewOnly = isLiveViewOnly;
    this.#storage = storage;
    this.#onDraw = onDraw;
    this.collector = new Collector(token, key);
    this.people = new People(storage.saved, storage.save);
    this.#details = new PersonDetails(this.collector, (details) => this.#onDetails(details));
    this.#cards = new PersonCards(this.people, this.#details, {
      follow: (person) => this.#follow(person),
      highlight: (person) => this.#list.highlight(person),
    });
    this.#list = new EventList(byID('events'), byID('lines'), this.people, (event) => this.#showDetails(event));
    this.#feed = new Feed(this.collector, {
      opened: () => this.#onOpened(),
      events: (events) => this.#onEvents(events),
      person: (id, person) => this.#onPersonChanged(id, person),
      state: (state, detail) => this.#onState(state, detail),
    });
    this.#addListeners();
    this.#feed.retry();
  }

  /** Stores a read key, and reconnects with it. */
  giveKey(key) {
    this.collector.key = key;
    this.#storage.storeKey(key);
    this.#feed.retry();
  }

  #addListeners() {
    byID('pause').addEventListener('click', () => this.#setPaused(!this.#isPaused));
    byID('search').addEventListener('input', ({ target }) => {
      this.#search = target.value.trim();
      this.#draw();
    });
    byID('unfollow').addEventListener('click', () => this.#follow(undefined));
    byID('older').addEventListener('click', () => this.#loadOlder());
    document.addEventListener('visibilitychange', () => this.#scheduleDraw());
    const watch = ([{ isIntersecting }]) => {
      this.#isVisible = isIntersecting;
      this.#updateLatest();
    };
    new IntersectionObserver(watch, { rootMargin: '0px 0px -40% 0px' }).observe(byID('live'));
    addEventListener('resize', () => this.#scheduleDraw());
  }

  // If the newest events are all newer than those kept here, there may be others in between, so the list begins anew. The number of events
  // in the answer does not tell this, because the collector sends fewer if they are large.
  async #onOpened() {
    const events = await this.collector.events(pageSize);
    const newest = this.#events.all[0]?.id;
    if (newest !== undefined && events.length && events.at(-1).id > newest) this.#events.clear();
    this.#addEvents(events);
    this.#checkForOlder();
    for (const { distinct_id } of events) this.#outdated.add(this.people.personOf(distinct_id));
    this.#scheduleDraw();
  }

  async #loadOlder() {
    const hasUndrawn = this.#matching().length > this.#rows;
    this.#rows = Math.min(this.#rows + pageSize, maxRows);
    this.#scheduleDraw();
    if (hasUndrawn) return;
    const older = byID('older');
    older.disabled = true;
    try {
      const events = await this.collector.events(pageSize, this.#events.all.at(-1)?.id);
      this.#addEvents(events);
      await this.#checkForOlder();
    } catch {
      // The feed shows that the collector is down. The button stays, so the user can try again.
    }
    older.disabled = false;
  }

  // Asks the collector whether there are events older than those kept here.
  async #checkForOlder() {
    const oldest = this.#events.all.at(-1)?.id;
    const events = oldest === undefined ? [] : await this.collector.events(1, oldest).catch(() => []);
    this.#hasOlder = events.length > 0;
    this.#scheduleDraw();
  }

  #onEvents(events) {
    this.#pendingEvents = this.#pendingEvents.concat(events);
    if (document.hidden) this.#addEvents(this.#pendingEvents.splice(0)); // A hidden page draws nothing, so the events are added here.
    this.#scheduleDraw();
  }

  #addEvents(events) {
    const added = this.#events.add(events);
    for (const event of [...added].reverse()) this.#registerEvent(event);
    if (this.#isPaused) this.#pausedCount += added.length;
    else announceEvents(added, ({ distinct_id }) => this.people.lookOf(this.people.personOf(distinct_id)).label);
    if (this.people.isFull) this.people.keepOnly(this.#events.all.map(({ distinct_id }) => distinct_id));
  }

  // Called with the oldest event first, so that the first person gets the letter A.
  #registerEvent({ event, distinct_id, person, properties }) {
    this.people.setPerson(distinct_id, person);
    this.people.lookOf(person);
    this.#outdated.add(person);
    if (event === '$create_alias' && typeof properties.alias === 'string') this.#details.request(properties.alias);
  }

  // The person of an id has changed. The details of both persons are requested, because other ids may have moved with it.
  #onPersonChanged(id, person) {
    const before = this.people.personOf(id);
    this.people.setPerson(id, person);
    this.#details.request(id);
    if (before !== person) this.#details.request(before);
    this.#scheduleDraw();
  }

  #onDetails({ person, ids }) {
    for (const { distinct_id } of ids) this.people.setPerson(distinct_id, person);
    this.#scheduleDraw();
  }

  #onState(state, detail = {}) {
    this.#state = state;
    this.#detail = detail;
    this.#scheduleDraw();
  }

  #setPaused(paused) {
    this.#isPaused = paused;
    this.#pausedCount = 0;
    this.#draw();
  }

  #follow(person) {
    this.#followed = person;
    this.#draw();
  }

  #showDetails(event) {
    const person = this.people.personOf(event.distinct_id);
    showEvent(event, person, this.people.lookOf(person));
  }

  #clearFilter() {
    this.#search = '';
    byID('search').value = '';
    this.#follow(undefined);
  }

  // Draws after a delay that depends on how long the last drawing took. A hidden page draws nothing.
  #scheduleDraw() {
    if (document.hidden) return;
    this.#timer ??= setTimeout(() => this.#draw(), Math.max(minDrawInterval, this.#drawingTime * maxDrawingShare));
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const started = performance.now();
    const arrived = this.#pendingEvents;
    this.#pendingEvents = [];
    if (arrived.length) this.#addEvents(arrived);
    if (this.#followed !== undefined) this.#followed = this.people.personOf(this.#followed);
    const matching = this.#matching();
    if (!this.#isPaused) {
      this.#list.update(matching.slice(0, this.#rows), lanesOf(byID('events').clientWidth));
      this.#cards.update(this.#events.all, this.#outdated, this.#followed);
      this.#outdated.clear();
    }
    this.#updateControls(matching.length);
    this.#updateRate(arrived.length, started);
    this.#onDraw();
    this.#drawingTime = performance.now() - started;
  }

  #matching() {
    const { people } = this;
    return this.#events.all.filter((event) => {
      const person = people.personOf(event.distinct_id);
      if (this.#followed !== undefined && person !== this.#followed) return false;
      return !this.#search || matches(event, person, this.#search);
    });
  }

  #updateControls(matching) {
    const live = this.#state === 'live';
    showConnectionState(live && this.#isPaused ? 'paused' : this.#state);
    const facts = { isLiveViewOnly: this.#isLiveViewOnly, token: this.collector.token, ...this.#detail };
    showStatusMessage(this.#messageKind(matching), facts, {
      retry: () => this.#feed.retry(),
      clear: () => this.#clearFilter(),
      giveKey: (key) => this.giveKey(key),
    });
    const pause = byID('pause');
    pause.setAttribute('aria-pressed', String(this.#isPaused));
    pause.textContent = this.#isPaused
      ? `Resume${this.#pausedCount ? ` (${this.#pausedCount.toLocaleString('en')} new)` : ''}`
      : 'Pause';
    const hasUndrawn = matching > this.#rows; // they are kept here, but not drawn
    const hasStored = this.#hasOlder && !this.#events.isFull;
    byID('older').hidden = this.#isPaused || Math.min(matching, this.#rows) >= maxRows || !(hasUndrawn || hasStored);
    byID('columns').hidden = matching === 0;
    this.#updateFollowed();
    this.#updateLatest();
  }

  #messageKind(matching) {
    if (['down', 'locked', 'denied'].includes(this.#state)) return this.#state;
    if (matching > 0) return '';
    if (this.#events.all.length) return 'nothing-matches';
    return this.#state === 'live' ? 'empty' : 'connecting';
  }

  #updateFollowed() {
    const followed = this.#followed;
    byID('unfollow').hidden = followed === undefined;
    if (followed !== undefined) byID('followed').replaceChildren(badge(this.people.lookOf(followed)));
  }

  // On a phone the list is below the buttons, so the latest event is shown in a bar at the bottom of the screen.
  #updateLatest() {
    const latest = this.#events.all[0];
    byID('latest').hidden = !latest || this.#isVisible;
    if (!latest) return;
    const look = this.people.lookOf(this.people.personOf(latest.distinct_id));
    byID('latest-event').replaceChildren(badge(look), ' ', foreignText(clip(latest.event, 60)));
  }

  #updateRate(arrived, now) {
    const seconds = (now - this.#lastDrawnAt) / 1000;
    this.#lastDrawnAt = now;
    const rate = Math.round(arrived / Math.max(seconds, 0.1));
    byID('rate').textContent =
      rate > minShownRate ? `${count(rate, 'event')} a second: the newest ${this.#rows} are drawn` : '';
  }
}

function lanesOf(width) {
  return Math.min(maxLanes, Math.max(minLanes, Math.floor(width / widthPerLane)));
}
