// Runs code that may throw: in a page that is not ours, nearly every built-in and every storage access may.

/** Returns the result of `action`, or, if it throws, the result of `failed` (by default undefined). */
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
