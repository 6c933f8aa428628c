import { type Random, randomOf } from '../random.ts';
import { MONTH } from '../scale.ts';
import { firstAsking } from './mechanisms.ts';
import { type ProviderState, newProvider } from './provider.ts';
import { Supply } from './supply.ts';

const EXIT_STREAM = 3;
/** Nobody gives up in its first months. */
const PATIENCE_DAYS = 120;
const FIRST_CHANGES = 90;
/** Who does not take in this share of its fixed costs, may leave at each month's end. */
const RUIN_SHARE = 0.8;
const EXIT_CHANCE = 0.25;
/** Disks are bought when last month's price is well above what new providers cost, many or few of 50 providers. */
const ENTRY = { many: 1.15, manyShare: 1 / 50, few: 1, fewShare: 1 / 150 } as const;
/** What an entrant asks for, over last month's price. */
const ENTRY_DISCOUNT = 0.95;

/** Who sells: some leave and some enter at the end of each month. */
export class Population {
  readonly all: ProviderState[] = [];
  readonly #supply: Supply;
  readonly #exits: Random;
  readonly #first: number;

  constructor(seed: number, first: number) {
    this.#supply = new Supply(seed);
    this.#exits = randomOf(seed, EXIT_STREAM);
    this.#first = first;
    for (let i = 0; i < first; i++) this.#enter(0, undefined);
  }

  /**
   * @param lastMonth mean traded price
   * @return who left and who came
   */
  turnOver(day: number, lastMonth: number): { left: ProviderState[]; came: ProviderState[] } {
    if (day % MONTH !== MONTH - 1 || day <= FIRST_CHANGES) return { left: [], came: [] };
    const left = this.all.filter((provider) => this.#leaves(provider, day));
    for (const provider of left) provider.died = day;
    const share = lastMonth > ENTRY.many ? ENTRY.manyShare : lastMonth > ENTRY.few ? ENTRY.fewShare : 0;
    const came = Array.from({ length: Math.round(share * this.#first) }, () =>
      this.#enter(day, lastMonth * ENTRY_DISCOUNT),
    );
    return { left, came };
  }

  #enter(day: number, price: number | undefined): ProviderState {
    const kind = this.#supply.next();
    const provider = newProvider(kind, day, firstAsking(kind, price));
    this.all.push(provider);
    return provider;
  }

  #leaves(provider: ProviderState, day: number): boolean {
    if (provider.died !== undefined) return false;
    provider.signed = provider.signed.filter((deal) => deal.day > day - PATIENCE_DAYS);
    const perMonth = provider.signed.reduce((sum, { value }) => sum + value, 0) / (PATIENCE_DAYS / MONTH);
    const ruined = perMonth < provider.kind.fixedCost * provider.kind.tib * RUIN_SHARE;
    return day - provider.born > PATIENCE_DAYS && ruined && this.#exits.uniform() < EXIT_CHANCE;
  }
}
