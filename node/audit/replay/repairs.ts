import { AgreementStatus } from '../../chain/records.ts';
import { type LostAgreement, repairCeiling, repairStart } from '../../market/repair-price.ts';
import { endOf } from '../../market/term.ts';
import type { Agreements } from './agreements.ts';
import { agreementName } from './agreement.ts';
import { bidName, type Bids } from './bids.ts';
import { type ArgsOf, type EventOf, periodOf, type ReplayContext } from './context.ts';

/** Bids for the shards of failed agreements: each is posted as the contract's rule wants it. */
export class Repairs {
  readonly #context: ReplayContext;
  readonly #agreements: Agreements;
  readonly #bids: Bids;
  readonly #posted = new Set<bigint>();

  constructor(context: ReplayContext, parts: { agreements: Agreements; bids: Bids }) {
    this.#context = context;
    this.#agreements = parts.agreements;
    this.#bids = parts.bids;
  }

  apply({ args, place }: EventOf<'repairs'>): void {
    const { findings, parameters, transaction } = this.#context;
    const subject = `repair of ${agreementName(args.lost)}`;
    findings.touch(subject);
    const lost = this.#agreements.get(args.lost);
    findings.event(subject, 'whether it failed', true, lost?.status === AgreementStatus.failed);
    findings.event(subject, 'whether it is the first', true, !this.#posted.has(args.lost));
    this.#posted.add(args.lost);
    if (lost === undefined) return;
    findings.event(subject, 'the client', lost.client.toLowerCase(), args.client.toLowerCase());
    findings.event(subject, 'the object', lost.objectKey, args.objectKey);
    findings.event(subject, 'the shard', lost.shardIndex, args.shardIndex);
    findings.event(subject, 'its root', lost.shardRoot, args.shardRoot);
    const periods = BigInt(endOf(lost) - periodOf(place.block, parameters) - 1);
    const ceiling = this.#ceilingOf(lost, periods);
    // The order book announces the bid next, in the same transaction.
    transaction.atEnd(() => {
      const bid = this.#bids.get(args.bidId);
      if (bid === undefined) {
        findings.books(subject, `whether ${bidName(args.bidId)} was posted`, true, false);
        return;
      }
      this.#compare(subject, bid.terms, { lost, periods, ceiling });
    });
  }

  #compare(
    subject: string,
    terms: ArgsOf<'orderBook', 'BidPosted'>['terms'],
    { lost, periods, ceiling }: { lost: NonNullable<ReturnType<Agreements['get']>>; periods: bigint; ceiling: bigint },
  ): void {
    const { findings } = this.#context;
    findings.books(subject, 'units', lost.units, terms.units);
    findings.books(subject, 'periods', periods, BigInt(terms.periods));
    findings.books(subject, 'the collateral wanted, periods', lost.collateralPeriods, terms.collateralPeriods);
    findings.books(subject, 'the price at the start', repairStart(lost, ceiling), terms.startPrice);
    findings.books(subject, 'the price at the most', ceiling, terms.ceiling);
  }

  #ceilingOf(lost: LostAgreement, periods: bigint): bigint {
    const { repairBountyBps: bountyBps, ...terms } = this.#context.parameters;
    return periods > 0n ? repairCeiling(lost, periods, { ...terms, bountyBps }) : 0n;
  }
}
