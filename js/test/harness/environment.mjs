// The environment of one test file: a collector, a site and devices.

import { after } from 'node:test';
import { openDevice } from './browser.mjs';
import { startCollector } from './collector.mjs';
import { before } from './ordered-hooks.mjs';
import { startSite } from './site.mjs';

/** Starts the environment before the tests of a file, and stops it after them. */
export function useEnvironment(siteOptions) {
  const devices = [];
  let tokens = 0;
  const environment = {
    collector: undefined,
    site: undefined,
    /** Returns the token of a project that no other test uses. */
    token: () => `t${++tokens}`,
    /** Starts a browser with a new profile. */
    async device(options) {
      const device = await openDevice(options);
      devices.push(device);
      return device;
    },
  };
  before(async () => {
    [environment.collector, environment.site] = await Promise.all([startCollector(), startSite(siteOptions)]);
  });
  after(async () => {
    try {
      await Promise.all(devices.map((device) => device.close()));
    } finally {
      await Promise.all([environment.collector?.stop(), environment.site?.stop()]);
    }
  });
  return environment;
}
