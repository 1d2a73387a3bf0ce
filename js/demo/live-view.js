import { announceEvents } from './announce.js';
import { Cards } from './cards.js';
import { Collector } from './collector.js';
import { byID, outside } from './dom.js';
import { EventList } from './event-list.js';
import { Events, mentions } from './events.js';
import { Feed } from './feed.js';
import { badge } from './marks.js';
import { showConnection, showNotice } from './notices.js';
import { People } from './people.js';
import { Portraits } from './portraits.js';
import { showEvent } from './sheets.js';
import { clip, count } from './text.js';

const page = 200; // Rows at first, and events asked for at once.
const mostRows = 1000;
const share = 4; // Drawing takes at most one part in this many and one of the time: a flood must not freeze the page.
const shortest = 16; // Milliseconds between two drawings.
const rateWorthSaying = 50; // Events a second.
const rowPerLane = 100; // Pixels of a row's width that make a lane worth its room.
const fewestLanes = 4;
const mostLanes = 12;

/** Live View of one project: events come in at any pace, and are drawn when there is time. */
export class LiveView {
  /** Who is who; the demo asks it too. */
  people;
  /** The read side; the demo asks it what a mistake did. */
  collector;

  #alone;
  #memory;
  #changed;
  #events = new Events();
  #portraits;
  #cards;
  #list;
  #feed;
  #arrived = [];
  #stale = new Set();
  #state = 'connecting';
  #detail = {};
  #paused = false;
  #unseen = 0; // arrived while paused
  #search = '';
  #followed;
  #inSight = false; // whether Live View is, so that nothing need point to it
  #rows = page;
  #older = false; // whether the collector may have older ones
  #timer;
  #cost = 0;
  #lastDrawing = performance.now();

  /** `memory` has saved looks, save(looks) and keepKey(key); `changed` is called after each drawing. */
  constructor({ token, key, alone, memory, changed }) {
    this.#alone = alone;
    this.#memory = memory;
    this.#changed = changed;
    this.collector = new Collector(token, key);
    this.people = new People(memory.saved, memory.save);
    this.#portraits = new Portraits(this.collector, (portrait) => this.#meet(portrait));
    this.#cards = new Cards(this.people, this.#portraits, {
      follow: (person) => this.#follow(person),
      bringOut: (person) => this.#list.bringOut(person),
    });
    this.#list = new EventList(byID('events'), byID('lines'), this.people, (event) => this.#open(event));
    this.#feed = new Feed(this.collector, {
      opened: () => this.#opened(),
      events: (events) => this.#arrive(events),
      person: (id, person) => this.#move(id, person),
      state: (state, detail) => this.#become(state, detail),
    });
    this.#listen();
    this.#feed.retry();
  }

  /** Takes another key, and tries it. */
  giveKey(key) {
    this.collector.key = key;
    this.#memory.keepKey(key);
    this.#feed.retry();
  }

  #listen() {
    byID('pause').addEventListener('click', () => this.#pause(!this.#paused));
    byID('search').addEventListener('input', ({ target }) => {
      this.#search = target.value.trim();
      this.#draw();
    });
    byID('unfollow').addEventListener('click', () => this.#follow(undefined));
    byID('older').addEventListener('click', () => this.#loadOlder());
    document.addEventListener('visibilitychange', () => this.#soon());
    const watch = ([{ isIntersecting }]) => {
      this.#inSight = isIntersecting;
      this.#tellLatest();
    };
    new IntersectionObserver(watch, { rootMargin: '0px 0px -40% 0px' }).observe(byID('live'));
    addEventListener('resize', () => this.#soon());
  }

  // After a gap longer than a page, what is between is not known: the list starts anew and stays without holes. A page of large
  // events is a short one, so its length says nothing.
  async #opened() {
    const events = await this.collector.events(page);
    const newest = this.#events.all[0]?.id;
    if (newest !== undefined && events.length && events.at(-1).id > newest) this.#events.clear();
    this.#take(events);
    this.#askForOlder();
    for (const { distinct_id } of events) this.#stale.add(this.people.personOf(distinct_id));
    this.#soon();
  }

  async #loadOlder() {
    const kept = this.#matching().length > this.#rows;
    this.#rows = Math.min(this.#rows + page, mostRows);
    this.#soon();
    if (kept) return;
    const older = byID('older');
    older.disabled = true;
    try {
      const events = await this.collector.events(page, this.#events.all.at(-1)?.id);
      this.#take(events);
      await this.#askForOlder();
    } catch {
      // The feed says what is wrong with the collector; the button stays.
    }
    older.disabled = false;
  }

  // Whether there are older ones than those kept here.
  async #askForOlder() {
    const oldest = this.#events.all.at(-1)?.id;
    const events = oldest === undefined ? [] : await this.collector.events(1, oldest).catch(() => []);
    this.#older = events.length > 0;
    this.#soon();
  }

  #arrive(events) {
    this.#arrived = this.#arrived.concat(events);
    if (document.hidden) this.#take(this.#arrived.splice(0)); // Nothing is drawn now, and it must not pile up.
    this.#soon();
  }

  #take(events) {
    const fresh = this.#events.add(events);
    for (const event of [...fresh].reverse()) this.#note(event);
    if (this.#paused) this.#unseen += fresh.length;
    else announceEvents(fresh, ({ distinct_id }) => this.people.lookOf(this.people.personOf(distinct_id)).label);
    if (this.people.crowded) this.people.keepOnly(this.#events.all.map(({ distinct_id }) => distinct_id));
  }

  // Oldest first, so that whoever came first is person A.
  #note({ event, distinct_id, person, properties }) {
    this.people.learn(distinct_id, person);
    this.people.lookOf(person);
    this.#stale.add(person);
    if (event === '$create_alias' && typeof properties.alias === 'string') this.#portraits.want(properties.alias);
  }

  // An id changed its person: ask for all ids of both, for others may have gone with it.
  #move(id, person) {
    const before = this.people.personOf(id);
    this.people.learn(id, person);
    this.#portraits.want(id);
    if (before !== person) this.#portraits.want(before);
    this.#soon();
  }

  #meet({ person, ids }) {
    for (const { distinct_id } of ids) this.people.learn(distinct_id, person);
    this.#soon();
  }

  #become(state, detail = {}) {
    this.#state = state;
    this.#detail = detail;
    this.#soon();
  }

  #pause(paused) {
    this.#paused = paused;
    this.#unseen = 0;
    this.#draw();
  }

  #follow(person) {
    this.#followed = person;
    this.#draw();
  }

  #open(event) {
    const person = this.people.personOf(event.distinct_id);
    showEvent(event, person, this.people.lookOf(person));
  }

  #clear() {
    this.#search = '';
    byID('search').value = '';
    this.#follow(undefined);
  }

  // The longer a drawing took, the longer until the next. A hidden page draws nothing.
  #soon() {
    if (document.hidden) return;
    this.#timer ??= setTimeout(() => this.#draw(), Math.max(shortest, this.#cost * share));
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const started = performance.now();
    const arrived = this.#arrived;
    this.#arrived = [];
    if (arrived.length) this.#take(arrived);
    if (this.#followed !== undefined) this.#followed = this.people.personOf(this.#followed);
    const matching = this.#matching();
    if (!this.#paused) {
      this.#list.show(matching.slice(0, this.#rows), lanesOf(byID('events').clientWidth));
      this.#cards.show(this.#events.all, this.#stale, this.#followed);
      this.#stale.clear();
    }
    this.#tell(matching.length);
    this.#tellRate(arrived.length, started);
    this.#changed();
    this.#cost = performance.now() - started;
  }

  #matching() {
    const { people } = this;
    return this.#events.all.filter((event) => {
      const person = people.personOf(event.distinct_id);
      if (this.#followed !== undefined && person !== this.#followed) return false;
      return !this.#search || mentions(event, person, this.#search);
    });
  }

  #tell(matching) {
    const live = this.#state === 'live';
    showConnection(live && this.#paused ? 'paused' : this.#state);
    const facts = { alone: this.#alone, token: this.collector.token, ...this.#detail };
    showNotice(this.#noticeFor(matching), facts, {
      retry: () => this.#feed.retry(),
      clear: () => this.#clear(),
      giveKey: (key) => this.giveKey(key),
    });
    const pause = byID('pause');
    pause.setAttribute('aria-pressed', String(this.#paused));
    pause.textContent = this.#paused
      ? `Resume${this.#unseen ? ` (${this.#unseen.toLocaleString('en')} new)` : ''}`
      : 'Pause';
    const kept = matching > this.#rows; // here already, only not drawn
    const stored = this.#older && !this.#events.full;
    byID('older').hidden = this.#paused || Math.min(matching, this.#rows) >= mostRows || !(kept || stored);
    byID('columns').hidden = matching === 0;
    this.#tellFollowed();
    this.#tellLatest();
  }

  #noticeFor(matching) {
    if (['down', 'locked', 'denied'].includes(this.#state)) return this.#state;
    if (matching > 0) return '';
    if (this.#events.all.length) return 'nothing-matches';
    return this.#state === 'live' ? 'empty' : 'connecting';
  }

  #tellFollowed() {
    const followed = this.#followed;
    byID('unfollow').hidden = followed === undefined;
    if (followed !== undefined) byID('followed').replaceChildren(badge(this.people.lookOf(followed)));
  }

  // On a phone the list is below the buttons: a line at the bottom shows that something arrived.
  #tellLatest() {
    const latest = this.#events.all[0];
    byID('peek').hidden = !latest || this.#inSight;
    if (!latest) return;
    const look = this.people.lookOf(this.people.personOf(latest.distinct_id));
    byID('peek-event').replaceChildren(badge(look), ' ', outside(clip(latest.event, 60)));
  }

  #tellRate(arrived, now) {
    const seconds = (now - this.#lastDrawing) / 1000;
    this.#lastDrawing = now;
    const rate = Math.round(arrived / Math.max(seconds, 0.1));
    byID('rate').textContent =
      rate > rateWorthSaying ? `${count(rate, 'event')} a second: the newest ${this.#rows} are drawn` : '';
  }
}

function lanesOf(width) {
  return Math.min(mostLanes, Math.max(fewestLanes, Math.floor(width / rowPerLane)));
}
