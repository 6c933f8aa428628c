/** A bug of ours. Never thrown for what a peer, a disk or a user did. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws when our own reasoning does not hold. Bytes from peers are parsed and refused with a StowError instead. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`assertion failed: ${message}`);
}
