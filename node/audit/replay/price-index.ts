import {
  type PriceIndexParams,
  type PriceIndexState,
  newPriceIndex,
  quoteOf,
  rollPriceIndex,
} from '../../market/price-index.ts';
import { type EventOf, type ReplayContext, unheardOf } from './context.ts';

const SUBJECT = 'the price index';

/** The reference price, and what moves it. */
export class PriceIndex {
  readonly #context: ReplayContext;
  readonly #params: PriceIndexParams;
  /** Undefined until the contract announced where it begins. */
  #state: PriceIndexState | undefined;
  #entries = 0;
  #announced = false;

  constructor(context: ReplayContext) {
    this.#context = context;
    this.#params = context.parameters.priceIndex;
  }

  /** Entries that its history ever got. */
  get entries(): number {
    return this.#entries;
  }

  /** As of a period, whether or not the contract wrote it down. */
  at(period: number): PriceIndexState {
    return rollPriceIndex(this.#state ?? newPriceIndex(this.#params, period), this.#params, period);
  }

  /** Token wei for one unit and period. */
  quote(period: number): bigint {
    return quoteOf(this.at(period), this.#params);
  }

  /** After the last event. */
  finish(): void {
    this.#context.findings.books(SUBJECT, 'whether it was announced where it begins', true, this.#announced);
  }

  sold(period: number, units: number, unitPeriods: bigint): void {
    const state = this.#roll(period);
    this.#state = { ...state, committed: state.committed + BigInt(units), sold: state.sold + unitPeriods };
  }

  ended(period: number, units: number): void {
    const state = this.#roll(period);
    this.#state = { ...state, committed: state.committed - BigInt(units) };
  }

  capacity(period: number, before: number, bonded: number): void {
    const state = this.#roll(period);
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
    this.#state = newPriceIndex(this.#params, period);
    const text = textOf(period, { index, utilisation: BigInt(utilisation), flow: BigInt(flow) });
    findings.event(SUBJECT, 'where it begins', textOf(period, this.#state), text);
    return undefined;
  }

  /** The first change in a period writes down what the index is since. */
  #roll(period: number): PriceIndexState {
    const before = this.#state ?? newPriceIndex(this.#params, period);
    const state = rollPriceIndex(before, this.#params, period);
    if (period > before.period) {
      this.#entries += 1;
      this.#context.transaction.due(SUBJECT, 'how it moved', textOf(period, state));
    }
    return state;
  }
}

function textOf(
  period: number,
  { index, utilisation, flow }: Pick<PriceIndexState, 'index' | 'utilisation' | 'flow'>,
): string {
  return `${index} in period ${period}, at a utilisation of ${utilisation} and a flow of ${flow}`;
}
