/** Returns the error that an action throws. Throws if the action ends without an error. */
export async function thrownBy(action: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    return error as Error;
  }
  throw new Error('no error was thrown');
}
