import type { AgreementRow, MarketIndex, ProviderRow } from '../../../../node/chain/market-index.ts';
import { to0x } from '../../../../node/core/bytes.ts';
import { agreementId } from '../../../../node/market/agreement-id.ts';

export const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;

export function keyOf(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

export function agreementRow(
  objectKey: Uint8Array,
  shardIndex: number,
  over: Partial<AgreementRow> = {},
): AgreementRow {
  return {
    id: agreementId(shardIndex + 1, 0),
    client: CLIENT,
    provider: shardIndex + 1,
    objectKey: to0x(objectKey),
    shardIndex,
    shardRoot: to0x(keyOf(shardIndex)),
    units: 3,
    pricePerUnitPeriod: 5n,
    collateral: 100n,
    askId: 1n,
    retrievalCeiling: 0n,
    startPeriod: 10,
    periods: 90,
    status: 'active',
    settledTo: 12,
    provenPeriods: 2,
    paid: 24n,
    refunded: 0n,
    heldBack: 6n,
    formedAtBlock: 7n,
    noticed: false,
    formedInTransaction: '0xfeed',
    endedAtBlock: undefined,
    ...over,
  };
}

/** An index over the given rows. */
export function indexOf(rows: readonly AgreementRow[]): Pick<MarketIndex, 'objectsOf'> {
  return { objectsOf: async () => Map.groupBy(rows, ({ objectKey }) => objectKey) };
}

export function providersProving(lastProven: Readonly<Record<number, number>>): Pick<MarketIndex, 'providers'> {
  const rows = Object.entries(lastProven).map(
    ([id, lastProvenPeriod]) => [Number(id), { id: Number(id), lastProvenPeriod } as ProviderRow] as const,
  );
  return { providers: async () => new Map(rows) };
}
