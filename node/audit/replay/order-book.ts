import type { Ask } from '../../market/messages.ts';
import { type EventOf, type ReplayContext, unheardOf } from './context.ts';

/** Asks, with the units that are left. */
export class OrderBook {
  readonly #context: ReplayContext;
  /** By id from 1; undefined once withdrawn. */
  readonly #asks = new Map<bigint, Ask | undefined>();

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#asks.size;
  }

  all(): [bigint, Ask | undefined][] {
    return [...this.#asks];
  }

  apply(event: EventOf<'orderBook'>): void {
    const { findings, transaction } = this.#context;
    const { askId, provider } = event.args;
    const subject = askName(askId);
    const before = this.#asks.get(askId);
    findings.touch(subject);
    if (event.name !== 'AskPosted') findings.event(subject, 'its provider', before?.provider ?? 'none', provider);
    switch (event.name) {
      case 'AskPosted':
        findings.event(subject, 'its number', this.#asks.size + 1, askId);
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
