import { endOf } from '../../market/term.ts';
import { AgreementStatus } from '../../chain/records.ts';
import { heldBackOf } from '../formulas.ts';
import {
  type ReplayedAgreement,
  agreementName,
  collateralPurse,
  providerOf,
  rentPurse,
  settledTo,
  unservedOf,
} from './agreement.ts';
import type { ArgsOf, ReplayContext } from './context.ts';
import type { PriceIndex } from './price-index.ts';
import type { Registry } from './registry.ts';
import { type Reputation, recordText } from './reputation.ts';
import type { Settling } from './settling.ts';
import type { Stakes } from './stakes.ts';

/** How agreements end: rest of the rent, hold-back, collateral, record. */
export class Closing {
  readonly #context: ReplayContext;
  readonly #priceIndex: PriceIndex;
  readonly #registry: Registry;
  readonly #reputation: Reputation;
  readonly #settling: Settling;
  readonly #stakes: Stakes;

  constructor(
    context: ReplayContext,
    parts: { priceIndex: PriceIndex; registry: Registry; reputation: Reputation; settling: Settling; stakes: Stakes },
  ) {
    this.#context = context;
    this.#priceIndex = parts.priceIndex;
    this.#registry = parts.registry;
    this.#reputation = parts.reputation;
    this.#settling = parts.settling;
    this.#stakes = parts.stakes;
  }

  end(agreement: ReplayedAgreement, stated: ArgsOf<'agreements', 'AgreementEnded'>, current: number): void {
    const { findings, parameters } = this.#context;
    const { id, rent, provenPeriods } = agreement;
    const subject = agreementName(id);
    const failed = stated.status === AgreementStatus.failed;
    findings.event(subject, 'its status', this.#statusOf(agreement), stated.status);
    findings.event(subject, 'whether its shard was taken out', false, agreement.isHeld);
    const due = Math.min(endOf(agreement), current);
    findings.event(
      subject,
      'the period that it was settled to before its end',
      Math.max(due, agreement.startPeriod),
      settledTo(agreement),
    );
    const released = heldBackOf(rent, provenPeriods, parameters.holdbackBps);
    findings.event(subject, 'the hold-back that is released', released, stated.released);
    findings.event(
      subject,
      'the collateral that is returned',
      failed ? 0n : agreement.collateral,
      stated.collateralReturned,
    );
    this.#payOut(agreement, failed, stated.released);
    this.returnCollateral(agreement, failed);
    agreement.status = failed ? AgreementStatus.failed : AgreementStatus.kept;
    this.#priceIndex.ended(agreement.units);
    const provider = providerOf(agreement);
    const unserved = unservedOf(agreement);
    if (!failed) return this.#reputation.due(provider, recordText.kept);
    this.#reputation.due(provider, recordText.bad(current, unserved, 0));
    this.#reputation.due(provider, recordText.failed(unserved));
    return undefined;
  }

  /** What is left of the collateral is free stake again, or the client's and burned. */
  returnCollateral(agreement: ReplayedAgreement, failed: boolean): void {
    const { id, collateral } = agreement;
    if (failed) return this.#settling.slash(agreement, collateral);
    if (collateral === 0n) return undefined;
    const { ledger, transaction } = this.#context;
    const provider = providerOf(agreement);
    transaction.due(`provider ${provider}`, 'collateral that became free', String(collateral));
    const from = collateralPurse(id);
    const to = `stake ${provider}`;
    ledger.move({ what: 'collateral returned', from, to, agreement: id, provider, amount: collateral });
    agreement.collateral = 0n;
    return undefined;
  }

  #payOut(agreement: ReplayedAgreement, failed: boolean, released: bigint): void {
    const { ledger, transaction } = this.#context;
    const { id, client } = agreement;
    const provider = providerOf(agreement);
    const unserved = unservedOf(agreement);
    const winner = failed ? { owner: client as string } : this.#registry.operatorOf(provider);
    transaction.dueFlow('Agreements', winner, released);
    transaction.dueFlow('Agreements', { owner: client }, unserved);
    const about = { from: rentPurse(id), agreement: id, provider };
    ledger.move({ ...about, what: 'hold-back released', to: `account ${winner.owner}`, amount: released });
    ledger.move({ ...about, what: 'refunded unserved', to: `account ${client}`, amount: unserved });
    if (failed) agreement.refunded += released + unserved;
    else {
      agreement.paid += released;
      agreement.refunded += unserved;
    }
  }

  /** Conceded or unanswered, it failed; so it did when its provider failed in its term. Otherwise it is kept. */
  #statusOf(agreement: ReplayedAgreement): AgreementStatus {
    const provider = providerOf(agreement);
    const fell = this.#stakes.hasFailed(provider) && this.#stakes.lastMiss(provider) < endOf(agreement);
    return agreement.conceded || fell ? AgreementStatus.failed : AgreementStatus.kept;
  }
}
