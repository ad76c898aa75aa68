import { BridgeError } from './errors';

/** For tests: the code and message of the BridgeError that `action` throws or rejects with. */
export async function bridgeError(action: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error('expected a BridgeError, but nothing was thrown');
}
