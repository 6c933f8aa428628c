import { AgreementStatus } from '../../chain/records.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { StorageAgreement } from '../../market/messages.ts';
import { endOf } from '../../market/term.ts';
import { type ReplayedAgreement, agreementName, lockedFor, providerOf, rentPurse } from './agreement.ts';
import type { Closing } from './closing.ts';
import type { ArgsOf, ReplayContext } from './context.ts';
import { recordText } from './reputation.ts';

/** How an agreement passes to another provider: same client, same bytes, same price, same end. */
export class Successions {
  readonly #context: ReplayContext;
  readonly #closing: Closing;
  /** Announced without anybody's payment: somebody must hand over to it. */
  readonly #announced = new Set<bigint>();

  constructor(context: ReplayContext, closing: Closing) {
    this.#context = context;
    this.#closing = closing;
  }

  /** A successor's agreement was announced; what it goes on from follows. */
  announce({ id }: ReplayedAgreement, terms: StorageAgreement): void {
    this.#announced.add(id);
    for (const field of ['askId', 'bidId', 'nonce'] as const)
      this.#context.findings.event(agreementName(id), `its ${field}, as a successor`, 0n, terms[field]);
    this.#context.transaction.atEnd(() => {
      const subject = agreementName(id);
      this.#context.findings.books(subject, 'whether somebody handed over to it', true, !this.#announced.has(id));
    });
  }

  handOver(
    agreement: ReplayedAgreement,
    successor: ReplayedAgreement | undefined,
    stated: ArgsOf<'agreements', 'AgreementHandedOver'>,
  ): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const { id } = agreement;
    const subject = agreementName(id);
    const provider = providerOf(agreement);
    const known = successor !== undefined && this.#announced.delete(stated.successorId);
    findings.event(subject, 'whether its successor was announced', true, known);
    findings.event(subject, 'whether its shard was taken out', false, agreement.isHeld);
    findings.event(subject, "the successor's provider", Number(stated.successorId >> 32n), stated.successor);
    findings.event(subject, 'its proven periods', agreement.provenPeriods, stated.provenPeriods);
    findings.event(subject, 'the collateral that is returned', agreement.collateral, stated.collateralReturned);
    const amount = lockedFor(agreement, parameters.holdbackBps);
    this.#closing.returnCollateral(agreement, false);
    agreement.status = AgreementStatus.handedOver;
    transaction.due(`provider ${provider}`, 'its record', recordText.handedOver);
    if (successor === undefined) return;
    this.#compare(agreement, successor);
    successor.provenPeriods = stated.provenPeriods;
    successor.repair = agreement.repair;
    const to = rentPurse(successor.id);
    ledger.move({ what: 'handed over', from: rentPurse(id), to, agreement: id, provider, amount });
  }

  #compare(agreement: ReplayedAgreement, successor: ReplayedAgreement): void {
    const { findings } = this.#context;
    const subject = agreementName(successor.id);
    const from = formatAgreementId(agreement.id);
    for (const field of [
      'client',
      'objectKey',
      'shardIndex',
      'shardRoot',
      'units',
      'pricePerUnitPeriod',
      'collateralPeriods',
    ] as const)
      findings.event(subject, `its ${field}, taken over from ${from}`, agreement[field], successor[field]);
    findings.event(subject, `its end, taken over from ${from}`, endOf(agreement), endOf(successor));
  }
}
