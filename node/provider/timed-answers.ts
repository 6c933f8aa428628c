import { messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { AnswerBook, DueAnswer } from './ledger/answer-book.ts';
import type { Holding, Holdings } from './ledger/holdings.ts';
import { AUDIT_RETRY_MAX_BLOCKS } from './limits.ts';
import { Retries } from './retries.ts';
import { Turns } from './turns.ts';

/** What became of what had to be answered, for metrics. */
export interface AnswerEvents {
  answered(): void;
  /** The window closed before an answer of ours landed. */
  missed(): void;
  attemptFailed(): void;
}

export interface TimedAnswersComponents {
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  /** Kept up to date by the agreement mirror, over restarts too. */
  book: Pick<AnswerBook, 'open'>;
  holdings: Pick<Holdings, 'get'>;
  /** @returns false when there was nothing to do, or not yet */
  answer: (due: DueAnswer, holding: Holding, signal: AbortSignal) => Promise<boolean>;
  events: AnswerEvents;
  logger: Logger;
}

export interface TimedAnswersInit {
  /** For the log. */
  what: 'audit' | 'demand';
}

/**
 * Answers what the chain asks about this provider's agreements, the most urgent first: again and again until that is done or the window is closed. What it
 * cannot show it leaves alone: giving an agreement up is nobody's to decide here, and the file may come back in time.
 */
export class TimedAnswers {
  readonly #components: TimedAnswersComponents;
  readonly #what: TimedAnswersInit['what'];
  readonly #turns: Turns;
  readonly #retries = new Retries<bigint>(AUDIT_RETRY_MAX_BLOCKS);
  readonly #missed = new Set<bigint>();

  constructor(components: TimedAnswersComponents, { what }: TimedAnswersInit) {
    this.#components = components;
    this.#what = what;
    this.#turns = new Turns(components, `${what}-answerer`, (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const { book, holdings } = this.#components;
    const open = book.open();
    this.#forgetEnded(open);
    for (const due of open) {
      const holding = holdings.get(due.agreement);
      if (holding?.status === 'active' && this.#isDue(due, head.block)) await this.#attempt(due, holding, signal);
    }
  }

  /** Whether an answer may land, and no failed attempt asks for patience. */
  #isDue(due: DueAnswer, block: bigint): boolean {
    // A transaction that is sent now lands in the next block at best.
    if (block >= due.deadline) {
      if (block > due.deadline) this.#miss(due);
      return false;
    }
    // The leaves of an audit follow from the hash of the opening block, which is known once that is over.
    return block > due.openedAt && this.#retries.isDue(due.number, block);
  }

  #miss({ number, agreement }: DueAnswer): void {
    if (this.#missed.has(number)) return;
    this.#missed.add(number);
    this.#components.events.missed();
    this.#components.logger.error(
      this.#fields({ number, agreement }),
      `${this.#what} not answered in time: anybody may close it now, and its agreement fails`,
    );
  }

  async #attempt(due: DueAnswer, holding: Holding, stopping: AbortSignal): Promise<void> {
    const { chainClock, answer, events, logger } = this.#components;
    const closing = new AbortController();
    // An answer that comes after the window is refused by the chain: there is no point in bumping its fees any more.
    const unsubscribe = chainClock.subscribe(({ block }) => {
      if (block > due.deadline) closing.abort(this.#windowClosed(due));
    });
    try {
      if (!(await answer(due, holding, AbortSignal.any([stopping, closing.signal])))) return;
      events.answered();
      logger.info(this.#fields(due), `${this.#what} answered`);
      this.#retries.forget(due.number);
    } catch (error) {
      if (stopping.aborted) throw error;
      const attempt = this.#retries.failed(due.number, chainClock.head.block);
      events.attemptFailed();
      logger.warn({ ...this.#fields(due), attempt, reason: messageOf(error) }, `${this.#what} not answered yet`);
    } finally {
      unsubscribe();
    }
  }

  #fields({ number, agreement }: Pick<DueAnswer, 'number' | 'agreement'>): Record<string, unknown> {
    return { [this.#what]: Number(number), agreement: formatAgreementId(agreement) };
  }

  #windowClosed({ number, deadline }: DueAnswer): StowError {
    return new StowError({
      code: `${this.#what}-window-closed`,
      message: `${this.#what} ${number} could be answered until block ${deadline}`,
      hint: 'nothing is left to do: its agreement fails when somebody closes it',
    });
  }

  #forgetEnded(open: readonly DueAnswer[]): void {
    const numbers = new Set(open.map(({ number }) => number));
    this.#retries.keepOnly(numbers);
    for (const number of this.#missed) if (!numbers.has(number)) this.#missed.delete(number);
  }
}
