import {
  type PriceIndexRule,
  type PriceIndexState,
  newPriceIndex,
  quoteOf,
  rollPriceIndex,
  sellInPriceIndex,
  weighPriceIndex,
} from '../../market/price-index.ts';
import { type EventOf, type ReplayContext, openingOf, periodOf, unheardOf } from './context.ts';

const SUBJECT = 'the price index';

/** The reference price, and what moves it. */
export class PriceIndex {
  readonly #context: ReplayContext;
  readonly #rule: PriceIndexRule;
  /** Undefined until the contract announced where it begins. */
  #state: PriceIndexState | undefined;
  #entries = 0;
  #announced = false;
  #block = 0n;

  constructor(context: ReplayContext) {
    this.#context = context;
    const { priceIndex, periodBlocks } = context.parameters;
    this.#rule = { ...priceIndex, periodBlocks };
  }

  /** Entries that its history ever got. */
  get entries(): number {
    return this.#entries;
  }

  /** What follows happened in this block. */
  at({ block }: { block: bigint }): void {
    this.#block = block;
  }

  /** As of a period, whether or not the contract wrote it down. */
  stateIn(period: number): PriceIndexState {
    return rollPriceIndex(this.#state ?? newPriceIndex(this.#rule, period), this.#rule, period);
  }

  /** Token wei for one unit and period. */
  quote(period: number): bigint {
    return quoteOf(this.stateIn(period), this.#rule);
  }

  /** After the last event. */
  finish(): void {
    this.#context.findings.books(SUBJECT, 'whether it was announced where it begins', true, this.#announced);
  }

  /** @param value token wei */
  sold(units: number, value: bigint): void {
    this.#state = sellInPriceIndex(this.#roll(), BigInt(units), value);
  }

  ended(units: number): void {
    const state = this.#roll();
    this.#state = { ...state, committed: state.committed - BigInt(units) };
  }

  capacity(before: number, bonded: number): void {
    const state = this.#roll();
    this.#state = { ...state, bonded: state.bonded + BigInt(bonded - before) };
  }

  apply(event: EventOf<'priceIndex'>): void {
    if (event.name !== 'IndexMoved') return unheardOf(event.name);
    const { findings, transaction } = this.#context;
    const { period, index, utilisation, flow } = event.args;
    findings.touch(SUBJECT);
    if (this.#state !== undefined) {
      transaction.seen(
        SUBJECT,
        'how it moved',
        textOf(period, { index, utilisation: BigInt(utilisation), flow: BigInt(flow) }),
      );
      return undefined;
    }
    this.#announced = true;
    this.#state = newPriceIndex(this.#rule, period);
    const text = textOf(period, { index, utilisation: BigInt(utilisation), flow: BigInt(flow) });
    findings.event(SUBJECT, 'where it begins', textOf(period, this.#state), text);
    return undefined;
  }

  /** The first change in a period writes down what the index is since; each counts what held until it. */
  #roll(): PriceIndexState {
    const period = periodOf(this.#block, this.#context.parameters);
    const before = this.#state ?? newPriceIndex(this.#rule, period);
    const state = rollPriceIndex(before, this.#rule, period);
    if (period > before.period) {
      this.#entries += 1;
      this.#context.transaction.due(SUBJECT, 'how it moved', textOf(period, state));
    }
    return weighPriceIndex(state, this.#block - openingOf(period, this.#context.parameters));
  }
}

function textOf(
  period: number,
  { index, utilisation, flow }: Pick<PriceIndexState, 'index' | 'utilisation' | 'flow'>,
): string {
  return `${index} in period ${period}, at a utilisation of ${utilisation} and a flow of ${flow}`;
}
