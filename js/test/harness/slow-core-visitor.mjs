// A visitor for tests of what happens before the core runs.

import { createVisitor } from './visitor.mjs';

/** Creates a visitor. The core of its page `slowPage` does not load until `releaseCore` is called. */
export async function createSlowCoreVisitor(environment, t, options) {
  const visitor = await createVisitor(environment, t, options);
  const wasm_url = `/${visitor.token}.wasm`;
  const held = [];
  const arrive = (response) => response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  environment.site.answers[wasm_url] = (_request, response) => void held.push(response);
  t.after(() => delete environment.site.answers[wasm_url]);
  return Object.assign(visitor, {
    slowPage: visitor.page('hasty.html', '', { wasm_url }),
    releaseCore() {
      environment.site.answers[wasm_url] = (_request, response) => arrive(response);
      held.splice(0).forEach(arrive);
    },
  });
}
