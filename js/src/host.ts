/** What the library takes from its surroundings and cannot repeat: the testing kit puts fixed ones in their place. */
export const host = {
  /** Milliseconds since 1970. */
  now: (): number => Date.now(),
  /** Fills the array with random bytes. */
  random: (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => crypto.getRandomValues(bytes),
};
