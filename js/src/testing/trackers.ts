// Keeps the settings of the testing kit in every tracker, whatever the code under test passes to init and set_config. Otherwise an app that turns
// warnings off, or that opens trackers of its own, would pass its tests in silence.

import { type Call, type Core, Method, type OpenArguments } from '../border.js';
import { recordKey } from '../record.js';
import type { PageShim } from '../shim.js';
import type { Tracker } from '../tracker.js';
import type { Config, Warning, WarningsMode } from '../types.js';
import { guard } from '../warn.js';

/** The trackers that a test's code has opened. */
export class Trackers {
  private readonly ownModes = new Map<string, WarningsMode>(); // What the page passed as `warnings`, by name of the instance.
  private readonly senders = new Map<string, string>(); // Names of instances, by insert id of their calls.
  private readonly opened = new Map<string, string>(); // The record keys of instances, by name: each project has another.

  /** `defaults` are options of every tracker that its own options replace, `mode` is what happens with warnings. */
  constructor(
    private readonly defaults: Config,
    private readonly mode: WarningsMode,
  ) {}

  /** Makes a shim open all trackers with the settings of the kit. */
  keepSettings(shim: PageShim): void {
    const { open } = shim;
    shim.open = (tracker, token, config) => {
      this.noteOwnMode(tracker.instanceName, config.warnings);
      open(tracker, token, { ...this.defaults, ...config, warnings: this.mode });
      // The page may replace the option later, by set_config or by a second init with the same token.
      Object.defineProperty(tracker.config, 'warnings', {
        enumerable: true,
        configurable: true,
        get: () => this.mode,
        set: (own: WarningsMode) => this.noteOwnMode(tracker.instanceName, own),
      });
    };
  }

  /** Passes a warning to the page's own function, if it has one. */
  tellPage(warning: Warning, trackers: readonly Tracker[]): void {
    for (const { instanceName } of trackers) {
      const own = this.ownModes.get(instanceName);
      if (typeof own === 'function' && shownName(instanceName) === warning.instance) guard(() => own(warning));
    }
  }

  /** Returns the name of the tracker that made the call with an insert id. */
  readonly senderOf = (insertID: string): string => shownName(this.senders.get(insertID) ?? '');

  /**
   * Returns a core that notes who calls, and that sends what waits before a tracker is opened for another project: nobody could flush the
   * earlier one any more.
   */
  watch(core: Core): Core {
    const note = (calls: readonly Call[]) => {
      for (const [to, , , , id] of calls) this.senders.set(id, to);
    };
    return {
      run(calls, end) {
        note(calls);
        return core.run(calls, end);
      },
      replay: async (call, isHandedOver) => {
        const [to, method, args] = call;
        note([call]);
        if (method === Method.Open) {
          const [token, { persistence_name }] = JSON.parse(args) as OpenArguments;
          const key = recordKey(token, persistence_name);
          if ((this.opened.get(to) ?? key) !== key) await core.flush(to);
          this.opened.set(to, key);
        }
        return core.replay(call, isHandedOver);
      },
      openAtOnce: (call) => core.openAtOnce(call),
      lastRequest: () => core.lastRequest(),
      flush: (to) => core.flush(to),
    };
  }

  private noteOwnMode(instanceName: string, mode: WarningsMode | undefined): void {
    if (mode !== undefined) this.ownModes.set(instanceName, mode);
  }
}

/** Returns the name of an instance as the page knows it: those of throughline/mixpanel have a prefix, because both entries share a shim. */
export const shownName = (instanceName: string) => instanceName.replace(/^\d+:/, '');
