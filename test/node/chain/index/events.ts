import { hash } from 'node:crypto';

import type { EventBatch } from '../../../../node/chain/log-reader.ts';
import type { MarketEvent } from '../../../../node/chain/market-events.ts';
import { to0x } from '../../../../node/core/bytes.ts';
import type { Ask } from '../../../../node/market/messages.ts';

/** An event without its place on the chain, which its batch gives it. */
export type EventSpec = Pick<MarketEvent, 'contract' | 'name' | 'args'>;

/** Bytes that depend on `text`. */
export const digestOf = (text: string): `0x${string}` => to0x(hash('sha256', text, 'buffer'));

export const addressOf = (text: string): `0x${string}` => `0x${digestOf(text).slice(2, 42)}`;

/** Spreads the events over the blocks of a stretch, in order. The hash of a block depends on its number and the branch. */
export function batchOf(fromBlock: bigint, to: bigint, specs: readonly EventSpec[], branch = 'main'): EventBatch {
  const blocks = to - fromBlock + 1n;
  const events = specs.map((spec, logIndex) => {
    const block = fromBlock + (BigInt(logIndex) * blocks) / BigInt(specs.length);
    return {
      ...spec,
      place: { block, logIndex, transaction: digestOf(`${branch} ${block} ${logIndex}`) },
    } as MarketEvent;
  });
  return { fromBlock, to: { number: to, hash: digestOf(`${branch} ${to}`) }, events };
}

export interface EnrolInit {
  stake?: bigint;
  capacity?: number;
  failed?: boolean;
  /** Which operator it belongs to; its own when absent. */
  operator?: number;
}

/** A provider registers, stakes, gets its placement id and declares its capacity. */
export function enrolled(
  id: number,
  { stake = 10_000n, capacity = 1_000, failed, operator = id }: EnrolInit = {},
): EventSpec[] {
  const keys = {
    operator: addressOf(`operator ${operator}`),
    nodeAddress: addressOf(`node ${id}`),
    nodePublicKey: `${digestOf(`x ${id}`)}${digestOf(`y ${id}`).slice(2)}` as const,
  };
  return [
    event('nodeRegistry', 'ProviderRegistered', {
      provider: id,
      ...keys,
      region: 0,
      addresses: `/ip4/10.0.0.1/tcp/${id}`,
    }),
    event('collateral', 'Staked', { provider: id, from: keys.operator, amount: stake }),
    event('nodeRegistry', 'PlacementAssigned', { provider: id, placementId: digestOf(`placement ${id}`) }),
    event('nodeRegistry', 'CapacityChanged', { provider: id, units: capacity }),
    ...(failed === true ? [event('collateral', 'ProviderFailed', { provider: id, period: 3 })] : []),
  ];
}

let lastAsk = 0n;

/** A new ask, with an id of its own. */
export function askPosted(values: Partial<Ask> & { provider: number; askId?: bigint }): EventSpec {
  const { askId = ++lastAsk, ...rest } = values;
  return event('orderBook', 'AskPosted', { askId, provider: rest.provider, ask: { ...ASK, ...rest } });
}

const ASK: Omit<Ask, 'provider'> = {
  pricePerUnitPeriod: 100n,
  unitsLeft: 500,
  minUnits: 1,
  maxUnits: 500,
  expiry: 10_000,
  collateralPeriods: 1,
  minPeriods: 1,
  maxPeriods: 300,
  region: 0,
  minClientDeposit: 0n,
  retrievalPricePerMiB: 0n,
  premiumBps: 0,
  ceiling: 0n,
};

/** An event whose values are as the ABI has them. */
export function event<
  contract extends MarketEvent['contract'],
  name extends Extract<MarketEvent, { contract: contract }>['name'],
>(contract: contract, name: name, args: Extract<MarketEvent, { contract: contract; name: name }>['args']): EventSpec {
  return { contract, name, args };
}
