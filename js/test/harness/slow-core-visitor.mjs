// A visitor whose pages are quicker than Go.

import { createVisitor } from './visitor.mjs';

/** A visitor whose pages at `hasty` wait for Go until `arrives` is called. */
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
