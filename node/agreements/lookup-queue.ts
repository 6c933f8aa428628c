import type { Clock } from '../core/clock.ts';
import { MAX_SHARE_LOOKUPS, MAX_WAITING_LOOKUPS, SHARE_LOOKUP_WAIT_MS } from './limits.ts';
import { refusal } from './refusals.ts';

type Waiter = PromiseWithResolvers<void>;

/** Questions to the catalogue: a few at once, and a bounded line of others, in which readers that were let in before go first. */
export class LookupQueue {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #known: Waiter[] = [];
  readonly #others: Waiter[] = [];
  #running = 0;

  constructor({ clock }: { clock: Pick<Clock, 'sleep'> }) {
    this.#clock = clock;
  }

  /**
   * Asks: at once where there is room, else when it is its turn.
   * @throws StowError `provider-busy` when the line is full, or it waited for too long; and what asking throws
   */
  async run<Answer>(ask: () => Promise<Answer>, { isKnown }: { isKnown: boolean }): Promise<Answer> {
    if (this.#running < MAX_SHARE_LOOKUPS) this.#running += 1;
    else await this.#turn(isKnown ? this.#known : this.#others);
    try {
      return await ask();
    } finally {
      const next = this.#known.shift() ?? this.#others.shift();
      // Whoever is next has the place of the one that is done.
      if (next === undefined) this.#running -= 1;
      else next.resolve();
    }
  }

  async #turn(line: Waiter[]): Promise<void> {
    if (line.length >= MAX_WAITING_LOOKUPS) throw busy();
    const waiter: Waiter = Promise.withResolvers();
    line.push(waiter);
    const over = new AbortController();
    void this.#clock.sleep(SHARE_LOOKUP_WAIT_MS, { signal: over.signal }).then(
      () => {
        const index = line.indexOf(waiter);
        if (index === -1) return;
        line.splice(index, 1);
        waiter.reject(busy());
      },
      () => undefined,
    );
    try {
      await waiter.promise;
    } finally {
      over.abort();
    }
  }
}

function busy(): ReturnType<typeof refusal> {
  return refusal(
    'provider-busy',
    'this provider is looking up as many shares as it can at once',
    'try again in a moment, or read from another holder',
    true,
  );
}
