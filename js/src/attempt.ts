/** Does what may throw. Returns what came of it, or else what `failed` makes of the error. */
export function attempt<Result, Otherwise>(
  action: () => Result,
  failed: (error: unknown) => Otherwise,
): Result | Otherwise;
export function attempt<Result>(action: () => Result): Result | undefined;
export function attempt(action: () => unknown, failed?: (error: unknown) => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return failed?.(error);
  }
}
