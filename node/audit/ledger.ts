import type { EventPlace } from '../chain/market-events.ts';
import type { AgreementId } from '../market/messages.ts';

/** Tokens that moved from one purse to another. Every purse's lines add up to what is in it. */
export interface Movement {
  readonly place: EventPlace;
  /** Why: `rent locked`, `paid`, `slashed`. */
  readonly what: string;
  /** Purses, such as `account 0x…`, `agreement 3.17`, `stake 3`, `wallet 0x…`. */
  readonly from: string;
  readonly to: string;
  readonly agreement: AgreementId | undefined;
  readonly provider: number | undefined;
  /** Token wei. */
  readonly amount: bigint;
}

export type MovementValues = Omit<Movement, 'place' | 'agreement' | 'provider'> & {
  agreement?: AgreementId | undefined;
  provider?: number | undefined;
};

/** Every movement of money, in the chain's order. */
export class Ledger {
  readonly movements: Movement[] = [];
  #place: EventPlace | undefined;

  at(place: EventPlace | undefined): void {
    this.#place = place;
  }

  /** Nothing is written when nothing moves. */
  move({ agreement, provider, ...values }: MovementValues, place = this.#place): void {
    if (place === undefined || values.amount === 0n) return;
    this.movements.push({ ...values, place, agreement, provider });
  }
}
