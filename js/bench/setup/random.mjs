// Random choices that are the same in every run with the same seed.

/** Creates a generator of pseudo-random numbers (mulberry32). */
export function createRandom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** Returns an integer from `from` to `to`. */
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    /** Returns one of the values of [[weight, value], ...]. */
    pick(weighted) {
      let left = next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of weighted) {
        left -= weight;
        if (left < 0) return value;
      }
      return weighted[0][1];
    },
  };
}
