// A visitor whose pages are quicker than Go.

import { visitorOf } from './visitor.mjs';

/** A visitor whose pages at `hasty` wait for Go until `arrives` is called. */
export async function hastyVisitor(world, t, options) {
  const visitor = await visitorOf(world, t, options);
  const wasm_url = `/${visitor.token}.wasm`;
  const held = [];
  const arrive = (response) => response.writeHead(307, { Location: '/lib/throughline.wasm' }).end();
  world.site.answers[wasm_url] = (_request, response) => void held.push(response);
  t.after(() => delete world.site.answers[wasm_url]);
  return Object.assign(visitor, {
    hasty: visitor.page('hasty.html', '', { wasm_url }),
    arrives() {
      world.site.answers[wasm_url] = (_request, response) => arrive(response);
      held.splice(0).forEach(arrive);
    },
  });
}
