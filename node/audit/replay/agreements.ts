import { AgreementStatus } from '../../chain/records.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import { endOf } from '../../market/term.ts';
import type { Accounts } from './accounts.ts';
import type { Bids } from './bids.ts';
import { type ReplayedAgreement, agreementName, formed, lockedFor, providerOf, rentPurse } from './agreement.ts';
import { type ArgsOf, type EventOf, type ReplayContext, periodOf, unheardOf } from './context.ts';
import type { Closing } from './closing.ts';
import { Nonces } from './nonces.ts';
import type { OrderBook } from './order-book.ts';
import type { Payments } from './payments.ts';
import type { PriceIndex } from './price-index.ts';
import type { Proofs } from './proofs.ts';
import type { Settling } from './settling.ts';
import type { Stakes } from './stakes.ts';
import { Successions } from './successions.ts';

interface AgreementComponents {
  accounts: Accounts;
  bids: Bids;
  closing: Closing;
  orderBook: OrderBook;
  payments: Payments;
  priceIndex: PriceIndex;
  proofs: Proofs;
  settling: Settling;
  stakes: Stakes;
}

/** The life of every agreement. */
export class Agreements {
  readonly nonces: Nonces;
  readonly #context: ReplayContext;
  readonly #parts: AgreementComponents;
  readonly #successions: Successions;
  readonly #agreements = new Map<AgreementId, ReplayedAgreement>();
  /** Latest agreement of each shard, by client and object. */
  readonly #objects = new Map<string, { client: Address; objectKey: Hex; shards: Map<number, AgreementId> }>();

  constructor(context: ReplayContext, parts: AgreementComponents) {
    this.#context = context;
    this.#parts = parts;
    this.nonces = new Nonces(context);
    this.#successions = new Successions(context, parts.closing);
  }

  all(): ReplayedAgreement[] {
    return [...this.#agreements.values()];
  }

  get(id: AgreementId): ReplayedAgreement | undefined {
    return this.#agreements.get(id);
  }

  objects(): { client: Address; objectKey: Hex; shards: ReadonlyMap<number, AgreementId> }[] {
    return [...this.#objects.values()];
  }

  /** Token wei that the live agreements have locked. */
  get locked(): bigint {
    const { holdbackBps } = this.#context.parameters;
    return this.all().reduce((sum, agreement) => sum + lockedFor(agreement, holdbackBps), 0n);
  }

  apply(event: EventOf<'agreements'>): void {
    if (event.name === 'NoncesRevoked') return this.nonces.revoke(event.args);
    const current = periodOf(event.place.block, this.#context.parameters);
    const { findings } = this.#context;
    const subject = agreementName(event.args.id);
    findings.touch(subject);
    if (event.name === 'AgreementFormed') return this.#form(event.args, current);
    const agreement = this.#agreements.get(event.args.id);
    findings.event(subject, 'whether it runs', true, agreement?.status === AgreementStatus.active);
    if (agreement === undefined) return undefined;
    switch (event.name) {
      case 'AgreementSettled':
        return this.#parts.settling.settle(agreement, event.args, current);
      case 'NoticeGiven':
        return this.#notice(agreement, event.args, current);
      case 'AgreementRenewed':
        return this.#renew(agreement, event.args, current);
      case 'AgreementHandedOver':
        return this.#successions.handOver(agreement, this.#agreements.get(event.args.successorId), event.args);
      case 'AgreementEnded':
        return this.#parts.closing.end(agreement, event.args, current);
      default:
        return unheardOf(event);
    }
  }

  /** A shard left its provider's set: its agreement must end in the same transaction. */
  removed(id: AgreementId, units: number, rent: bigint): void {
    const { findings, transaction } = this.#context;
    const subject = agreementName(id);
    const agreement = this.#agreements.get(id);
    findings.event(subject, 'its units', agreement?.isHeld === true ? agreement.units : 0, units);
    findings.event(subject, 'its rent', agreement?.rent ?? 0n, rent);
    if (agreement === undefined) return;
    agreement.isHeld = false;
    transaction.atEnd(() => {
      findings.books(
        subject,
        'whether it ended when its shard was taken out',
        true,
        agreement.status !== AgreementStatus.active,
      );
    });
  }

  conceded(id: AgreementId, provider: number): void {
    const { findings, transaction } = this.#context;
    const agreement = this.#agreements.get(id);
    const subject = agreementName(id);
    findings.touch(subject);
    findings.event(subject, 'whether its shard was taken out', true, agreement?.isHeld === false);
    findings.event(subject, 'its provider', providerOf({ id }), provider);
    findings.event(subject, 'whether its loss was admitted before', false, agreement?.conceded === true);
    if (agreement === undefined) return;
    agreement.conceded = true;
    transaction.atEnd(() => {
      findings.books(subject, 'its status once conceded', AgreementStatus.failed, agreement.status);
    });
  }

  #form(
    { id, client, provider, startPeriod, agreement: terms }: ArgsOf<'agreements', 'AgreementFormed'>,
    current: number,
  ): void {
    const { findings, ledger } = this.#context;
    const { bids, orderBook, payments, priceIndex, proofs, stakes } = this.#parts;
    const subject = agreementName(id);
    const agreement = formed(id, startPeriod, terms);
    const duty = proofs.get(provider);
    findings.event(subject, 'its provider', providerOf(agreement), provider);
    findings.event(subject, 'its provider by its terms', provider, terms.provider);
    findings.event(subject, 'its client', client, terms.client);
    findings.event(subject, 'its first period', current + 1, startPeriod);
    findings.event(subject, "its place in the provider's tree", duty.leaves, Number(id & 0xffff_ffffn));
    findings.event(subject, 'whether its provider has failed', false, stakes.hasFailed(provider));
    findings.event(subject, 'its collateral', agreement.rent * BigInt(agreement.collateralPeriods), terms.collateral);
    this.#agreements.set(id, agreement);
    agreement.repair = this.#hold(agreement) && terms.bidId !== 0n;
    proofs.add(provider, agreement.units, agreement.rent, current);
    stakes.lock(provider, id, terms.collateral, `collateral ${subject.slice('agreement '.length)}`);
    findings.event(`provider ${provider}`, 'whether its free stake covers this', true, stakes.get(provider).free >= 0n);
    // Nobody signs a successor's agreement as such: it has no deadline, and its rent is there already.
    if (terms.deadline === 0n) return this.#successions.announce(agreement, terms);
    const value = agreement.rent * BigInt(agreement.periods);
    this.nonces.use(client, terms.nonce);
    bids.formed(terms.nonce);
    priceIndex.sold(agreement.units, value);
    payments.form(client, id, value);
    if (terms.askId !== 0n) orderBook.dueFill(terms.askId, terms.units);
    const from = `account ${client}`;
    ledger.move({ what: 'rent locked', from, to: rentPurse(id), agreement: id, provider, amount: value });
  }

  /** Whether another agreement had the shard before. */
  #hold(agreement: ReplayedAgreement): boolean {
    const { client, objectKey, shardIndex, id } = agreement;
    const key = `object ${objectKey} of ${client}`;
    const object = this.#objects.get(key) ?? { client, objectKey, shards: new Map<number, AgreementId>() };
    this.#context.findings.touch(key);
    const wasHeld = object.shards.has(shardIndex);
    object.shards.set(shardIndex, id);
    this.#objects.set(key, object);
    return wasHeld;
  }

  #notice(agreement: ReplayedAgreement, args: ArgsOf<'agreements', 'NoticeGiven'>, current: number): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const { id, endPeriod, refunded } = args;
    const subject = agreementName(id);
    findings.event(subject, 'its end after the notice', current + 1 + parameters.noticePeriods, endPeriod);
    findings.event(subject, 'what the notice refunds', agreement.rent * BigInt(endOf(agreement) - endPeriod), refunded);
    agreement.periods = endPeriod - agreement.startPeriod;
    agreement.refunded += refunded;
    transaction.dueFlow('Agreements', { owner: agreement.client }, refunded);
    const to = `account ${agreement.client}`;
    const provider = providerOf(agreement);
    ledger.move({ what: 'refunded by notice', from: rentPurse(id), to, agreement: id, provider, amount: refunded });
  }

  #renew(agreement: ReplayedAgreement, args: ArgsOf<'agreements', 'AgreementRenewed'>, current: number): void {
    const { findings, ledger } = this.#context;
    const { id, payer, endPeriod, value } = args;
    const subject = agreementName(id);
    findings.event(subject, 'what its renewal costs', agreement.rent * BigInt(endPeriod - endOf(agreement)), value);
    findings.event(subject, 'whether its term ran when it was renewed', true, current < endOf(agreement));
    this.#parts.priceIndex.sold(0, value);
    agreement.periods = endPeriod - agreement.startPeriod;
    this.#parts.payments.renew(payer, id, value);
    const provider = providerOf(agreement);
    ledger.move({
      what: 'rent locked',
      from: `account ${payer}`,
      to: rentPurse(id),
      agreement: id,
      provider,
      amount: value,
    });
  }
}
