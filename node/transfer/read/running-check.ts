/**
 * Checks bytes that arrive one after another, on another thread as it were: while one part is checked, others come in, and all that came is the next part. So
 * a checker that is far away is asked as seldom as it is slow, and at once when it is not.
 */
export class RunningCheck {
  readonly #check: (from: number, to: number) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #reached = 0;
  #checked = 0;
  #running: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /**
   * @param check of the bytes from `from` up to `to`, which is not called again before it resolved, nor after it rejected
   * @param onFailure hears at once what the check threw: whoever sends may wait for the check, and nothing would come any more
   */
  constructor(check: (from: number, to: number) => Promise<void>, onFailure: (error: unknown) => void) {
    this.#check = check;
    this.#onFailure = onFailure;
  }

  /** All bytes before `end` are there. Throws what the check of earlier ones threw. */
  reach(end: number): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#reached = end;
    if (this.#checked < end) this.#running ??= this.#run();
  }

  /** Resolves when all that was reached is checked. Rejects with what the check threw. */
  async finish(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(): Promise<void> {
    try {
      while (this.#checked < this.#reached) {
        const end = this.#reached;
        await this.#check(this.#checked, end);
        this.#checked = end;
      }
    } catch (error) {
      this.#failure = { error };
      this.#onFailure(error);
    }
    this.#running = undefined;
  }
}
