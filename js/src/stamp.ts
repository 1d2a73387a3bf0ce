import type { Call, Method } from './border.js';
import type { Host } from './host.js';

/** Puts the moment on calls: the time, an insert id, the page. One for each page load. */
export class Moments {
  private name = '';
  private calls = 0;
  private pretended: { time?: number; href?: string } = {};
  private href = '';
  private page = '';

  constructor(private readonly host: Host) {}

  /** Names this page load. 60 random bits, so that insert ids need no randomness of their own; made on first use, for servers import this too. */
  get pageID(): string {
    this.name ||= Array.from(this.host.random(new Uint8Array(12)), (byte) => (byte & 31).toString(32)).join('');
    return this.name;
  }

  /** A call, stamped. `$insert_id` is at most 36 letters, digits and -. */
  stamp(to: string, method: Method, args: string): Call {
    const at = this.pretended.time ?? this.host.now();
    return { to, method, args, at, id: this.pageID + (this.calls++).toString(36), page: this.where() };
  }

  /** Until called without arguments: every call was made at this time, on this page. For calls that the snippet took down. */
  pretend(time?: number, href?: string): void {
    this.pretended = { ...(time && { time }), ...(href && { href }) };
  }

  // The page as Go wants it: address, referrer, screen. Made anew only when the address changed.
  private where(): string {
    const href = this.pretended.href ?? location.href;
    if (href !== this.href) {
      this.href = href;
      this.page = JSON.stringify([href, document.referrer, screen.width, screen.height]);
    }
    return this.page;
  }
}
