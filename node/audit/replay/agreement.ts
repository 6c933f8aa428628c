import { AgreementStatus } from '../../chain/records.ts';
import { formatAgreementId, providerOfAgreement } from '../../market/agreement-id.ts';
import type { Address, AgreementId, Hex, StorageAgreement } from '../../market/messages.ts';
import { heldBackOf } from '../formulas.ts';

/** One agreement as the events tell it. Money in token wei. */
export interface ReplayedAgreement {
  readonly id: AgreementId;
  readonly client: Address;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly shardRoot: Hex;
  readonly units: number;
  readonly pricePerUnitPeriod: bigint;
  /** For one period. */
  readonly rent: bigint;
  readonly startPeriod: number;
  readonly collateralPeriods: number;
  periods: number;
  settledPeriods: number;
  /** Under former providers too. */
  provenPeriods: number;
  status: AgreementStatus;
  openAudits: number;
  /** It answered a bid for a shard that another agreement had held. */
  repair: boolean;
  /** Still in its provider's set. */
  isHeld: boolean;
  conceded: boolean;
  /** What is left of the collateral behind it. */
  collateral: bigint;
  /** What it brought so far. */
  paid: bigint;
  refunded: bigint;
  compensated: bigint;
}

/** An agreement as it is announced. */
export function formed(id: AgreementId, startPeriod: number, terms: StorageAgreement): ReplayedAgreement {
  const { client, objectKey, shardIndex, shardRoot, units, pricePerUnitPeriod, periods, collateral } = terms;
  const rent = pricePerUnitPeriod * BigInt(units);
  return {
    id,
    client,
    objectKey,
    shardIndex,
    shardRoot,
    units,
    pricePerUnitPeriod,
    rent,
    startPeriod,
    collateralPeriods: rent === 0n ? 0 : Number(collateral / rent),
    periods,
    settledPeriods: 0,
    provenPeriods: 0,
    status: AgreementStatus.active,
    openAudits: 0,
    repair: false,
    isHeld: true,
    conceded: false,
    collateral,
    paid: 0n,
    refunded: 0n,
    compensated: 0n,
  };
}

export function providerOf({ id }: Pick<ReplayedAgreement, 'id'>): number {
  return providerOfAgreement(id);
}

export function settledTo({ startPeriod, settledPeriods }: ReplayedAgreement): number {
  return startPeriod + settledPeriods;
}

/** All that was ever locked behind it. */
export function wholeCollateral({ rent, collateralPeriods }: ReplayedAgreement): bigint {
  return rent * BigInt(collateralPeriods);
}

/** Rent of the periods that are not settled. */
export function unservedOf({ rent, periods, settledPeriods }: ReplayedAgreement): bigint {
  return rent * BigInt(periods - settledPeriods);
}

/** What the client's account has locked for it: unserved rent and what is held back. Nothing once it is over. */
export function lockedFor(agreement: ReplayedAgreement, holdbackBps: bigint): bigint {
  if (agreement.status !== AgreementStatus.active) return 0n;
  return unservedOf(agreement) + heldBackOf(agreement.rent, agreement.provenPeriods, holdbackBps);
}

export function agreementName(id: AgreementId): string {
  return `agreement ${formatAgreementId(id)}`;
}

/** Its purse in the ledger: rent and hold-back. */
export function rentPurse(id: AgreementId): string {
  return `agreement ${formatAgreementId(id)}`;
}

/** Its purse in the ledger: the collateral behind it. */
export function collateralPurse(id: AgreementId): string {
  return `collateral ${formatAgreementId(id)}`;
}
