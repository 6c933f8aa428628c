import type { Ask } from '../../market/messages.ts';
import { type Bids, bidName } from './bids.ts';
import { type EventOf, type ReplayContext, unheardOf } from './context.ts';

/** Ids of asks that were signed off the chain and brought. Source: `types/SignedAsk.sol`. */
const SIGNED_BIT = 1n << 63n;

/** Asks, with the units that are left. */
export class OrderBook {
  readonly #context: ReplayContext;
  /** By id from 1; undefined once withdrawn. */
  readonly #asks = new Map<bigint, Ask | undefined>();
  readonly #series = new Map<number, number>();
  readonly #bids: Bids;

  constructor(context: ReplayContext, bids: Bids) {
    this.#context = context;
    this.#bids = bids;
  }

  /** Asks that were ever posted; those that were brought have ids of their own. */
  get count(): number {
    return [...this.#asks.keys()].filter((askId) => askId < SIGNED_BIT).length;
  }

  all(): [bigint, Ask | undefined][] {
    return [...this.#asks];
  }

  seriesOf(provider: number): number {
    return this.#series.get(provider) ?? 0;
  }

  apply(event: EventOf<'orderBook'>): void {
    const { findings } = this.#context;
    switch (event.name) {
      case 'BidPosted':
        findings.touch(bidName(event.args.bidId));
        return this.#bids.post(event.args, event.place.block);
      case 'BidAnswered':
        findings.touch(bidName(event.args.bidId));
        return this.#bids.answer(event.args);
      case 'BidClosed':
        findings.touch(bidName(event.args.bidId));
        return this.#bids.close(event.args);
      case 'SeriesStarted': {
        const { provider, series } = event.args;
        findings.touch(`provider ${provider}`);
        findings.event(`provider ${provider}`, 'the series of its signed asks', this.seriesOf(provider) + 1, series);
        this.#series.set(provider, series);
        return undefined;
      }
      case 'AskPosted':
      case 'AskAmended':
      case 'AskCancelled':
      case 'AskFilled':
        return this.#ask(event);
      default:
        return unheardOf(event);
    }
  }

  #ask(event: Extract<EventOf<'orderBook'>, { args: { askId: bigint } }>): void {
    const { findings, transaction } = this.#context;
    const { askId, provider } = event.args;
    const subject = askName(askId);
    const before = this.#asks.get(askId);
    findings.touch(subject);
    if (event.name !== 'AskPosted') findings.event(subject, 'its provider', before?.provider ?? 'none', provider);
    switch (event.name) {
      case 'AskPosted':
        if (askId < SIGNED_BIT) findings.event(subject, 'its number', this.count + 1, askId);
        else findings.event(subject, 'whether it was brought before', false, this.#asks.has(askId));
        findings.event(subject, 'its provider', provider, event.args.ask.provider);
        this.#asks.set(askId, event.args.ask);
        return undefined;
      case 'AskAmended':
        findings.event(subject, 'its provider', provider, event.args.ask.provider);
        this.#asks.set(askId, event.args.ask);
        return undefined;
      case 'AskCancelled':
        this.#asks.set(askId, undefined);
        return undefined;
      case 'AskFilled': {
        const { units, unitsLeft } = event.args;
        findings.event(subject, 'the units left', (before?.unitsLeft ?? 0) - units, unitsLeft);
        transaction.seen(subject, 'what was taken', `${units} units`);
        if (before !== undefined) this.#asks.set(askId, { ...before, unitsLeft });
        return undefined;
      }
      default:
        return unheardOf(event);
    }
  }

  /** An agreement that takes the ask was formed. */
  dueFill(askId: bigint, units: number): void {
    this.#context.transaction.due(askName(askId), 'what was taken', `${units} units`);
  }
}

export function askName(askId: bigint): string {
  return `ask ${askId}`;
}
