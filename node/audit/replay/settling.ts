import { compensates } from '../../market/compensation.ts';
import { endOf } from '../../market/term.ts';
import { AgreementStatus } from '../../chain/records.ts';
import { heldBackOf, remainingOf, shareSlash } from '../formulas.ts';
import {
  type ReplayedAgreement,
  agreementName,
  collateralPurse,
  providerOf,
  rentPurse,
  settledTo,
  wholeCollateral,
} from './agreement.ts';
import type { ArgsOf, ReplayContext } from './context.ts';
import { provenBetween } from './duty.ts';
import type { Proofs } from './proofs.ts';
import type { Registry } from './registry.ts';
import { type Stakes, slashText } from './stakes.ts';

type Settled = ArgsOf<'agreements', 'AgreementSettled'>;

/** How proven periods are paid, missed ones refunded, and what was slashed of the collateral behind them goes to the client. */
export class Settling {
  readonly #context: ReplayContext;
  readonly #proofs: Proofs;
  readonly #registry: Registry;
  readonly #stakes: Stakes;

  constructor(context: ReplayContext, proofs: Proofs, registry: Registry, stakes: Stakes) {
    this.#context = context;
    this.#proofs = proofs;
    this.#registry = registry;
    this.#stakes = stakes;
  }

  settle(agreement: ReplayedAgreement, stated: Settled, current: number): void {
    const { findings } = this.#context;
    const provider = providerOf(agreement);
    const subject = agreementName(agreement.id);
    const { fromPeriod: from, toPeriod: to } = stated;
    this.#proofs.requireRecorded(provider, current);
    findings.event(subject, 'the period that it is settled from', settledTo(agreement), from);
    this.#requireEnd(agreement, to, current);
    const proven = provenBetween(this.#proofs.get(provider), from, to);
    findings.event(subject, 'proven periods', proven, stated.proven);
    const { rent, provenPeriods } = agreement;
    const { holdbackBps } = this.#context.parameters;
    const heldBack =
      heldBackOf(rent, provenPeriods + proven, holdbackBps) - heldBackOf(rent, provenPeriods, holdbackBps);
    findings.event(subject, 'what is held back', heldBack, stated.heldBack);
    findings.event(subject, 'what the provider is paid', rent * BigInt(proven) - heldBack, stated.paid);
    findings.event(subject, 'what the client gets back', rent * BigInt(to - from - proven), stated.refunded);
    this.#pay(agreement, stated);
    agreement.settledPeriods = to - agreement.startPeriod;
    agreement.provenPeriods += stated.proven;
    agreement.paid += stated.paid;
    agreement.refunded += stated.refunded;
    const { slashes } = this.#stakes.get(provider);
    const amount = wholeCollateral(agreement);
    const left = (period: number): bigint => remainingOf(slashes, agreement.startPeriod, period, amount);
    this.slash(agreement, left(from) - left(to));
  }

  /** So much of the collateral behind an agreement is lost: the client first, where it is to be compensated; the rest is burned. */
  slash(agreement: ReplayedAgreement, lost: bigint): void {
    if (lost === 0n) return;
    const { ledger, parameters, transaction } = this.#context;
    const { id, client } = agreement;
    const provider = providerOf(agreement);
    const isCompensated = compensates(agreement);
    const { toClient, burned } = shareSlash(lost, isCompensated ? parameters.compensationBps : 0n);
    const whom = isCompensated ? `account ${client}` : 'burn';
    transaction.due(`provider ${provider}`, 'what was slashed', slashText(whom, toClient, burned));
    agreement.collateral -= lost;
    agreement.compensated += toClient;
    const from = collateralPurse(id);
    ledger.move({ what: 'slashed', from, to: `account ${client}`, agreement: id, provider, amount: toClient });
    ledger.move({ what: 'slashed and burned', from, to: 'burn', agreement: id, provider, amount: burned });
  }

  #requireEnd(agreement: ReplayedAgreement, to: number, current: number): void {
    const { findings, transaction } = this.#context;
    const subject = agreementName(agreement.id);
    const due = Math.max(settledTo(agreement), Math.min(endOf(agreement), current));
    // A handover pays the running period as well.
    if (to !== current + 1) return findings.event(subject, 'the period that it is settled to', due, to);
    transaction.atEnd(() => {
      findings.books(
        subject,
        'its status once settled through the running period',
        AgreementStatus.handedOver,
        agreement.status,
      );
    });
    return undefined;
  }

  #pay(agreement: ReplayedAgreement, { paid, refunded }: Settled): void {
    const { ledger, transaction } = this.#context;
    const { id, client } = agreement;
    const provider = providerOf(agreement);
    const operator = this.#registry.operatorOf(provider);
    transaction.dueFlow('Agreements', operator, paid);
    transaction.dueFlow('Agreements', { owner: client }, refunded);
    const about = { from: rentPurse(id), agreement: id, provider };
    ledger.move({ ...about, what: 'paid', to: `account ${operator.owner}`, amount: paid });
    ledger.move({ ...about, what: 'refunded', to: `account ${client}`, amount: refunded });
  }
}
