import PQueue from 'p-queue';

import type { Clock } from '../core/clock.ts';
import { MAX_SHARE_LOOKUPS, MAX_WAITING_LOOKUPS, SHARE_LOOKUP_WAIT_MS } from './limits.ts';
import { refusal } from './refusals.ts';

/** Higher goes first. */
const PRIORITY = { known: 1, others: 0 } as const;

/** Questions to the catalogue: a few at once, and a bounded line of others, in which readers that were let in before go first. */
export class LookupQueue {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #queue = new PQueue({ concurrency: MAX_SHARE_LOOKUPS });

  constructor({ clock }: { clock: Pick<Clock, 'sleep'> }) {
    this.#clock = clock;
  }

  /**
   * Asks: at once where there is room, else when it is its turn.
   * @throws StowError `provider-busy` when the line is full, or it waited for too long; and what asking throws
   */
  async run<Answer>(ask: () => Promise<Answer>, { isKnown }: { isKnown: boolean }): Promise<Answer> {
    const priority = isKnown ? PRIORITY.known : PRIORITY.others;
    if (this.#queue.sizeBy({ priority }) >= MAX_WAITING_LOOKUPS) throw busy();
    const begun = new AbortController();
    const waitedTooLong = new AbortController();
    const asked = this.#queue.add(
      async () => {
        begun.abort();
        return ask();
      },
      { priority, signal: waitedTooLong.signal },
    );
    if (!begun.signal.aborted)
      void this.#clock.sleep(SHARE_LOOKUP_WAIT_MS, { signal: begun.signal }).then(
        () => waitedTooLong.abort(busy()),
        () => undefined,
      );
    return asked;
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
