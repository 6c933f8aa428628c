/**
 * The result of `work`, or a rejection with the signal's reason as soon as it is aborted. What `work` does goes on: this is for
 * calls that cannot be cancelled and whose result nobody will miss, such as reads over HTTP.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What every call of this folder takes. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}
