import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ChainClock, Head } from './chain-clock.ts';

export interface TurnsComponents {
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  logger: Logger;
}

/**
 * Work that is looked at with every block, one piece at a time: a block that comes while work goes on is passed over. What it
 * throws is logged, and the next block tries again. Stopping aborts the signal and waits for the piece in hand.
 */
export class Turns {
  readonly #components: TurnsComponents;
  readonly #name: string;
  readonly #work: (head: Head, signal: AbortSignal) => Promise<void>;
  #current: Promise<void> | undefined;
  #stopping = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(components: TurnsComponents, name: string, work: (head: Head, signal: AbortSignal) => Promise<void>) {
    this.#components = components;
    this.#name = name;
    this.#work = work;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#unsubscribe = this.#components.chainClock.subscribe((head) => this.#take(head));
    this.#take(this.#components.chainClock.head);
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopping.abort();
    await this.#current;
  }

  #take(head: Head): void {
    if (this.#current !== undefined) return;
    this.#current = this.#run(head).finally(() => (this.#current = undefined));
  }

  async #run(head: Head): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.#work(head, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#components.logger.warn(
        { work: this.#name, reason: messageOf(error) },
        'failed; tried again with the next block',
      );
    }
  }
}
