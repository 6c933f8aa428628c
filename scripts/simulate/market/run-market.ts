import { BPS } from '../../../node/market/money.ts';
import { DEFAULTS, MONTH, UNITS_PER_TIB, moneyOf, priceOf, weiOf } from '../scale.ts';
import { meanOf } from '../statistics.ts';
import { Book } from './book.ts';
import { type Request, demandOf } from './demand.ts';
import { IndexFeed } from './index-feed.ts';
import { type Deal, Ledger } from './ledger.ts';
import { type Manipulation, coalitionOf, manipulate } from './manipulation.ts';
import { type Mechanism, learn } from './mechanisms.ts';
import { Population } from './population.ts';
import { type ProviderState, utilisationOf } from './provider.ts';
import { answerOf, bidFor } from './resting-bids.ts';
import { withRent } from './standing.ts';

export interface MarketInit {
  readonly mechanism: Mechanism;
  readonly seed: number;
  readonly days: number;
  /** Providers on the first day. */
  readonly providers: number;
  readonly manipulation?: Manipulation | undefined;
}

/** One day of a run. TiB-days count whole terms, on the day that they are asked for or let. */
export interface DayRecord {
  readonly asked: number;
  served: number;
  /** Prices of the model: mean of what was let on this day (the last one when nothing was), and what the index wants. */
  price: number;
  readonly quote: number;
  readonly utilisation: number;
}

export interface MarketRun {
  readonly init: MarketInit;
  readonly days: readonly DayRecord[];
  readonly providers: readonly ProviderState[];
  /** The model's money: what buyers got beyond what they paid, within the run. */
  readonly buyerSurplus: number;
  /** The model's money, of agreements as far as they lie within the run. */
  readonly burned: number;
  readonly ledger: { paidIn: bigint; paidOut: bigint; burned: bigint; locked: bigint };
}

interface Running extends Deal {
  readonly provider: ProviderState;
  readonly tib: number;
  readonly from: number;
}

const { burnBps } = DEFAULTS.agreements;
const WEEK = 7;

/** One market from its first day on. Everything that it draws depends on the seed alone. */
export function runMarket(init: MarketInit): MarketRun {
  const market = new Market(init);
  for (let day = 0; day < init.days; day++) market.live(day);
  return market.result();
}

class Market {
  readonly #init: MarketInit;
  readonly #population: Population;
  readonly #feed: IndexFeed;
  readonly #ledger = new Ledger();
  readonly #demand: Request[][];
  readonly #days: DayRecord[] = [];
  readonly #ending = new Map<number, Running[]>();
  readonly #coalition: ProviderState[];
  #resting: Request[] = [];
  #undo: (() => void) | undefined;
  #buyerSurplus = 0;
  #burned = 0;
  /** Of the running day: price × TiB-days, and TiB-days. */
  #traded = { value: 0, tibDays: 0 };

  constructor(init: MarketInit) {
    this.#init = init;
    const { mechanism, seed, providers } = init;
    this.#population = new Population(seed, providers);
    const startTib = this.#population.all.reduce((sum, { kind }) => sum + kind.tib, 0);
    this.#demand = demandOf(seed, init.days, startTib);
    const index = mechanism.kind === 'pegged' ? mechanism.index : undefined;
    this.#feed = new IndexFeed({ ...DEFAULTS.priceIndex, ...index }, periodOf(0));
    for (const provider of this.#population.all) this.#declare(0, 0, provider.kind.tib);
    this.#coalition = coalitionOf(this.#population.all, init.manipulation?.share ?? 0);
  }

  live(day: number): void {
    this.#undo?.();
    this.#undo = undefined;
    for (const running of this.#ending.get(day) ?? []) this.#end(running, day);
    const quote = this.#feed.quote(periodOf(day));
    const { mechanism } = this.#init;
    const book = new Book(this.#population.all, mechanism, day, quote);
    this.#traded = { value: 0, tibDays: 0 };
    const arriving = this.#demand[day] ?? [];
    for (const request of arriving) {
      if (!this.#buy(book, request, day) && request.patience > 0) this.#resting.push(request);
    }
    this.#resting = this.#resting.filter(
      (request) => day <= request.day + request.patience && (request.day === day || !this.#buy(book, request, day)),
    );
    if ('bids' in mechanism && mechanism.bids) {
      this.#resting = this.#resting.filter((request) => !this.#answer(book, request, day));
    }
    this.#learn(day);
    this.#record(day, arriving, priceOf(quote));
    this.#turnOver(day);
    this.#manipulate(day);
  }

  result(): MarketRun {
    const { days } = this.#init;
    for (const running of [...this.#ending.values()].flat()) {
      if (running.from + running.periods > days) this.#ledger.settle(running, days - running.from);
    }
    const { paidIn, paidOut, burned, locked } = this.#ledger;
    return {
      init: this.#init,
      days: this.#days,
      providers: this.#population.all,
      buyerSurplus: this.#buyerSurplus,
      burned: this.#burned,
      ledger: { paidIn, paidOut, burned, locked },
    };
  }

  #buy(book: Book, request: Request, day: number): boolean {
    const chosen = book.choose(request, maxPriceOf(request));
    if (chosen !== undefined) this.#form(book, request, day, chosen);
    return chosen !== undefined;
  }

  #answer(book: Book, request: Request, day: number): boolean {
    const answer = answerOf(book, request, bidFor(request, maxPriceOf(request)), day);
    if (answer !== undefined) this.#form(book, request, day, answer);
    return answer !== undefined;
  }

  #form(book: Book, request: Request, day: number, chosen: { provider: ProviderState; price: bigint }): void {
    const { provider, price: pricePerUnitPeriod } = chosen;
    const { tib, days: periods } = request;
    const units = tib * UNITS_PER_TIB;
    const running: Running = { provider, tib, units, periods, pricePerUnitPeriod, from: day };
    const total = moneyOf(this.#ledger.form(running));
    this.#feed.sold(periodOf(day), BigInt(units), pricePerUnitPeriod * BigInt(units) * BigInt(periods));
    provider.usedTib += tib;
    provider.clients += 1;
    provider.rentPerPeriod += pricePerUnitPeriod * BigInt(units);
    const ends = this.#ending.get(day + periods) ?? [];
    ends.push(running);
    this.#ending.set(day + periods, ends);
    book.refresh(provider);
    this.#reckon(request, day, provider, { total, price: priceOf(pricePerUnitPeriod) });
  }

  /** What an agreement is worth to both, as far as it lies within the run: fixed costs end there, too. */
  #reckon(
    request: Request,
    day: number,
    provider: ProviderState,
    { total, price }: { total: number; price: number },
  ): void {
    const { tib, days, value } = request;
    const within = Math.min(days, this.#init.days - day) / days;
    const tibMonths = (tib * days) / MONTH;
    const rent = price * tibMonths;
    provider.signed.push({ day, value: rent });
    provider.revenue += within * rent;
    provider.variableCosts += within * provider.kind.variableCost * tibMonths;
    this.#buyerSurplus += within * (value * tibMonths - total);
    this.#burned += within * (total - rent);
    this.#traded.value += price * tib * days;
    this.#traded.tibDays += tib * days;
  }

  #end(running: Running, day: number): void {
    const { provider, tib, units } = running;
    this.#ledger.settle(running, running.periods);
    this.#feed.ended(periodOf(day), BigInt(units));
    if (provider.died !== undefined) this.#declare(day, provider.usedTib, provider.usedTib - tib);
    provider.usedTib -= tib;
    provider.rentPerPeriod -= running.pricePerUnitPeriod * BigInt(units);
  }

  #learn(day: number): void {
    const { mechanism } = this.#init;
    for (const provider of this.#population.all) {
      provider.standing = withRent(provider.standing, day, { good: provider.rentPerPeriod });
      if ((day + provider.kind.id) % WEEK !== 0) continue;
      provider.asking = learn(mechanism, provider.kind, provider.asking, utilisationOf(provider));
    }
  }

  #record(day: number, arriving: readonly Request[], quote: number): void {
    const { value, tibDays } = this.#traded;
    const selling = this.#population.all.filter(({ died }) => died === undefined);
    const tib = selling.reduce((sum, { kind }) => sum + kind.tib, 0);
    this.#days.push({
      asked: arriving.reduce((sum, request) => sum + request.tib * request.days, 0),
      served: tibDays,
      price: tibDays > 0 ? value / tibDays : (this.#days.at(-1)?.price ?? 0),
      quote,
      utilisation: selling.reduce((sum, { usedTib }) => sum + usedTib, 0) / tib,
    });
  }

  #turnOver(day: number): void {
    const lastMonth = meanOf(this.#days.slice(-MONTH).map(({ price }) => price));
    const { left, came } = this.#population.turnOver(day, lastMonth);
    for (const provider of left) this.#declare(day, provider.kind.tib, provider.usedTib);
    for (const provider of came) this.#declare(day, 0, provider.kind.tib);
  }

  #manipulate(day: number): void {
    const { manipulation } = this.#init;
    if (manipulation === undefined || day < manipulation.from || day >= manipulation.until) return;
    const { undo } = manipulate(manipulation, this.#coalition, this.#feed, periodOf(day));
    this.#undo = undo;
  }

  #declare(day: number, beforeTib: number, afterTib: number): void {
    this.#feed.capacity(periodOf(day), BigInt(beforeTib * UNITS_PER_TIB), BigInt(afterTib * UNITS_PER_TIB));
  }
}

/** Periods of a chain are never 0. */
function periodOf(day: number): number {
  return day + 1;
}

/** The highest price at which a request is worth its rent and burn, token wei for one unit and period. */
function maxPriceOf({ value }: Request): bigint {
  return (weiOf(value) * BPS) / (BPS + BigInt(burnBps));
}
