/** Does what may throw. Returns what came of it, or else what `failed` makes of the error. */
export function attempt<Result, Otherwise = undefined>(
  action: () => Result,
  failed?: (error: unknown) => Otherwise,
): Result | Otherwise | undefined {
  try {
    return action();
  } catch (error) {
    return failed?.(error);
  }
}
