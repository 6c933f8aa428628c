/** Lets waiters through each time it is opened, and sends all of them away once it has failed. */
export class Turnstile {
  #next = Promise.withResolvers<void>();
  #failure: { reason: unknown } | undefined;

  /** Resolves at the next `open`; rejects with the reason of `fail`. */
  async wait(): Promise<void> {
    this.check();
    await this.#next.promise;
  }

  /** Throws the reason of `fail`, if it was called. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  open(): void {
    const opened = this.#next;
    this.#next = Promise.withResolvers<void>();
    opened.resolve();
  }

  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    // Nobody may be waiting, and a rejection without a listener would end the process.
    this.#next.promise.catch(() => undefined);
    this.#next.reject(reason);
  }
}
