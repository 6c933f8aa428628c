import type { EventPlace } from '../../chain/market-events.ts';
import type { AgreementId } from '../../market/messages.ts';
import { burnOf } from '../formulas.ts';
import type { Accounts } from './accounts.ts';
import type { ReplayContext } from './context.ts';

/** A client's payment for all agreements of one call, which the Escrow announces before the agreements are. */
interface Batch {
  account: number;
  value: bigint;
  agreements: AgreementId[];
  place: EventPlace | undefined;
}

/** What clients pay at signing: rent into the lock of the agreements, and the burn, reckoned on a whole call and rounded up once. */
export class Payments {
  readonly #context: ReplayContext;
  readonly #accounts: Accounts;
  #batch: Batch | undefined;
  #renewing = false;
  #place: EventPlace | undefined;

  constructor(context: ReplayContext, accounts: Accounts) {
    this.#context = context;
    this.#accounts = accounts;
  }

  at(place: EventPlace): void {
    this.#place = place;
  }

  /** The Escrow locked tokens for the agreements. */
  onLocked(account: number): void {
    if (this.#renewing) {
      this.#renewing = false;
      return;
    }
    this.close();
    this.#batch = { account, value: 0n, agreements: [], place: this.#place };
  }

  /** An agreement of the call was formed. */
  form(client: string, id: AgreementId, value: bigint): void {
    const { findings } = this.#context;
    const owner = this.#batch === undefined ? 'nobody' : (this.#accounts.ownerOf(this.#batch.account) ?? 'nobody');
    findings.event(`the payment of ${client}`, 'who paid at signing', client, owner);
    if (this.#batch === undefined) return;
    this.#batch.value += value;
    this.#batch.agreements.push(id);
  }

  /** A renewal announces itself before it is paid. */
  renew(payer: string, id: AgreementId, value: bigint): void {
    this.#renewing = true;
    this.#pay({ owner: payer }, value, id, this.#place);
  }

  /** The call is over. */
  close(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch === undefined) return;
    const [only, ...others] = batch.agreements;
    this.#pay({ account: batch.account }, batch.value, others.length === 0 ? only : undefined, batch.place);
  }

  #pay(
    purse: { owner: string } | { account: number },
    value: bigint,
    agreement: AgreementId | undefined,
    place: EventPlace | undefined,
  ): void {
    const { ledger, parameters, transaction } = this.#context;
    const burn = burnOf(value, parameters.burnBps);
    transaction.dueFlow('Agreements', purse, -value - burn);
    transaction.dueFlow('Agreements', { account: 0 }, burn);
    const from = this.#accounts.purseOf(purse);
    ledger.move({ what: 'burned at signing', from, to: 'burn', agreement, amount: burn }, place);
  }
}
