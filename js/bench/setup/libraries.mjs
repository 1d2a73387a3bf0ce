// The libraries that are compared: how a page loads each of them and makes its calls. Features besides tracking (recording, page views,
// remote settings) are switched off, in favour of the library.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { dist } from '../../test/harness/collector.mjs';

const stringify = JSON.stringify;

/** The name of the library that the others are compared with. */
export const baseline = 'mixpanel-browser';

const builds = [['throughline', dist]];

/** Adds another build of ours to the libraries, by a name and the folder of its files, such as the `dist` of an older commit. */
export function addBuild(name, folder) {
  builds.push([name, folder]);
}

/**
 * Returns the libraries. Each has `files` (path in the site -> bytes), `tag` (its script tag) and `init(host, token)`: page code that
 * initialises it and returns { track(name, properties), ready }. `ready` resolves when the library is ready.
 */
export async function libraries() {
  return [
    ...builds.map(ours),
    {
      name: baseline,
      tag: '<script src="/peers/mixpanel.js"></script>',
      files: {
        '/peers/mixpanel.js': await bundle("import mixpanel from 'mixpanel-browser'; window.mixpanel = mixpanel"),
      },
      init: mixpanel,
    },
    {
      // Its smallest build, without session recording, and with localStorage instead of a cookie.
      name: 'mixpanel core',
      tag: '<script src="/peers/mixpanel-core.js"></script>',
      files: {
        '/peers/mixpanel-core.js': await bundle(
          "import mixpanel from 'mixpanel-browser/src/loaders/loader-module-core'; window.mixpanel = mixpanel",
        ),
      },
      init: (host, token) => mixpanel(host, token, ", persistence: 'localStorage'"),
    },
    {
      name: 'amplitude',
      tag: '<script src="/peers/amplitude.js"></script>',
      files: {
        '/peers/amplitude.js': await bundle(
          "import * as amplitude from '@amplitude/analytics-browser'; window.amplitude = amplitude",
        ),
      },
      init: (host, token) => `
        const started = amplitude.init(${stringify(token)}, {
          serverUrl: ${stringify(`${host}/2/httpapi`)}, autocapture: false, fetchRemoteConfig: false,
          remoteConfig: { fetchRemoteConfig: false },
        }).promise;
        return { track: (name, properties) => amplitude.track(name, properties), ready: () => started };`,
    },
    {
      name: 'posthog-js',
      tag: '<script src="/peers/posthog.js"></script>',
      files: {
        '/peers/posthog.js': await bundle("import posthog from 'posthog-js'; window.posthog = posthog"),
      },
      // Its default limit of ten events a second would drop most of the events here.
      init: (host, token) => `
        posthog.init(${stringify(token)}, {
          api_host: ${stringify(host)}, autocapture: false, capture_pageview: false, capture_pageleave: false, capture_dead_clicks: false,
          capture_performance: false, capture_exceptions: false, disable_session_recording: true, disable_surveys: true,
          opt_out_useragent_filter: true, disable_external_dependency_loading: true, advanced_disable_flags: true, advanced_disable_decide: true,
          rate_limiting: { events_per_second: 1e6, events_burst_limit: 1e6 },
        });
        return { track: (name, properties) => posthog.capture(name, properties), ready: () => Promise.resolve() };`,
    },
    {
      name: 'by hand',
      tag: '<script src="/peers/by-hand.js"></script>',
      files: { '/peers/by-hand.js': await minifyScript(readFileSync(join(import.meta.dirname, 'by-hand.js'), 'utf8')) },
      init: (host, token) => `return byHand(${stringify(host)}, ${stringify(token)});`,
    },
  ];
}

function ours([name, folder], index) {
  const path = index ? `/build-${index}` : '/lib';
  const files = ['throughline.js', 'throughline.core.js', 'throughline.worker.js', 'throughline.wasm'];
  return {
    name,
    tag: `<script src="${path}/throughline.js"></script>`,
    files: Object.fromEntries(files.map((file) => [`${path}/${file}`, readFileSync(join(folder, file))])),
    init: (host, token) => `
      throughline.init(${stringify(token)}, { api_host: ${stringify(host)} });
      return { track: (name, properties) => throughline.track(name, properties), ready: () => throughline.ready };`,
  };
}

function mixpanel(host, token, extraConfig = '') {
  return `
    mixpanel.init(${stringify(token)}, { api_host: ${stringify(host)}${extraConfig} });
    return { track: (name, properties) => mixpanel.track(name, properties), ready: () => Promise.resolve() };`;
}

async function minifyScript(script) {
  return Buffer.from((await transform(script, { minify: true, target: 'es2022' })).code);
}

async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
  });
  return Buffer.from(outputFiles[0].contents);
}
