// A collector, a site and devices for one test file, and the end of them all.

import { after, before } from 'node:test';
import { openDevice } from './browser.mjs';
import { startCollector } from './collector.mjs';
import { startSite } from './site.mjs';

/** Sets the world up before the file's tests and takes it down after them. */
export function useEnvironment(siteOptions) {
  const devices = [];
  let tokens = 0;
  const environment = {
    collector: undefined,
    site: undefined,
    /** A project that no other test has. */
    token: () => `t${++tokens}`,
    /** A visitor's browser, fresh. */
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
