import { z } from 'zod';

import { UNIT_BYTES } from '../core/units.ts';
import type { Address } from '../market/messages.ts';
import type { ChainClock } from './chain-clock.ts';
import { storageEarnings } from './earnings.ts';
import type { Holding } from './ledger/holdings.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import type { StandingBids } from './standing-bids.ts';

const address = z.templateLiteral(['0x', z.string()]);
const count = z.int().min(0);
/** Token wei, or wei of the chain's coin, as decimal text: JSON has no integers of that size. */
const wei = z.string().regex(/^\d+$/);

const answers = z.object({ open: count, answered: count, failed: count, voided: count });

/** What `provider status` shows. */
export const statusSchema = z.object({
  provider: count,
  peerId: z.string(),
  nodeAddress: address,
  operator: address,
  chainId: count,
  addresses: z.array(z.string()),
  bulk: z.array(z.string()),
  uptimeSeconds: count,
  block: count,
  period: count,
  proof: z.object({
    /** `done`: the current period is proven or asks for nothing. */
    state: z.enum(['due', 'done']),
    /** Last block in which the current period can be proven. */
    deadlineBlock: count,
    blocksLeft: z.int(),
  }),
  periodsProven: count,
  periodsMissed: count,
  shards: count,
  bytes: count,
  capacityBytes: count,
  freeBytes: count,
  agreements: z.object({ active: count, kept: count, failed: count, handedOver: count }),
  reservations: count,
  /** Audits of its agreements. */
  audits: answers,
  /** Units that clients demanded on chain. */
  demands: answers,
  /** The last declared stretch, periods `fromPeriod` to before `untilPeriod`, unless it is over. */
  maintenance: z.object({ fromPeriod: count, untilPeriod: count }).optional(),
  asks: z.array(z.string()),
  /** Bids that stand and that the operator's rule would take: their shards that nobody has, and the most that one pays now for a unit and period. */
  bids: z.object({ fitting: count, shards: count, bestPrice: wei }),
  /** Shards that others lost: being rebuilt, rebuilt, and taken over in vain. */
  repairs: z.object({ open: count, stored: count, failed: count }),
  stake: z.object({ free: wei, locked: wei, lockable: wei }),
  /** Paid out over all agreements, and held back to their ends. */
  earnings: z.object({ paid: wei, heldBack: wei }),
  /** For reporting others' misses. */
  reportFees: z.object({ owed: wei, paid: wei }),
  /** The node key's balance of the chain's coin. */
  nodeGas: wei,
  /** The market has given this provider up. */
  failed: z.boolean(),
});
export type ProviderStatus = z.output<typeof statusSchema>;

export interface StatusComponents {
  chain: Pick<
    ProviderChain,
    | 'provider'
    | 'nodeAddress'
    | 'provenPeriods'
    | 'reputation'
    | 'unrecordedMisses'
    | 'stake'
    | 'lockable'
    | 'balances'
    | 'maintenance'
  >;
  chainClock: Pick<ChainClock, 'head' | 'opening'>;
  prover: Pick<Prover, 'duePeriod'>;
  ledger: Pick<Ledger, 'holdings' | 'reservations' | 'audits' | 'demands' | 'reportFees' | 'repairs'>;
  store: { usedUnits(): number };
  room: { freeUnits(): number; readonly capacityUnits: number };
  asks: { current(): readonly bigint[] };
  bids: Pick<StandingBids, 'demand'>;
}

export interface StatusInit {
  peerId: string;
  operator: Address;
  chainId: number;
  holdbackBps: bigint;
  addresses: () => readonly string[];
  bulk: () => readonly string[];
  startedMs: number;
  nowMs: () => number;
}

/** `strikes` of a provider that has failed for good. */
const FAILED_FOR_GOOD = 255;

/** Gathers the status; asks the chain for what only it knows. */
export async function readStatus(
  components: StatusComponents,
  init: StatusInit,
  signal?: AbortSignal,
): Promise<ProviderStatus> {
  const { chain, chainClock, prover, ledger, store, room, asks } = components;
  const { bids: fitting, shards, bestPrice } = components.bids.demand;
  const { block, period } = chainClock.head;
  const [proven, reputation, unrecorded, stake, lockable, balances, stretch] = await Promise.all([
    chain.provenPeriods(period + 1, signal),
    chain.reputation(period, signal),
    chain.unrecordedMisses(chain.provider, signal),
    chain.stake(signal),
    chain.lockable(signal),
    chain.balances(signal),
    chain.maintenance(signal),
  ]);
  const holdings = ledger.holdings.all();
  const fees = ledger.reportFees.totals();
  const { paid, heldBack } = storageEarnings(holdings, init.holdbackBps);
  const deadlineBlock = Number(chainClock.opening(period + 1)) - 1;
  return {
    provider: chain.provider,
    peerId: init.peerId,
    nodeAddress: chain.nodeAddress,
    operator: init.operator,
    chainId: init.chainId,
    addresses: [...init.addresses()],
    bulk: [...init.bulk()],
    uptimeSeconds: Math.floor((init.nowMs() - init.startedMs) / 1_000),
    block: Number(block),
    period,
    proof: {
      state: prover.duePeriod === undefined ? 'done' : 'due',
      deadlineBlock,
      blocksLeft: deadlineBlock - Number(block),
    },
    periodsProven: proven,
    periodsMissed: reputation.record.missed + unrecorded,
    shards: ledger.holdings.activeRoots().length,
    bytes: store.usedUnits() * UNIT_BYTES,
    capacityBytes: room.capacityUnits * UNIT_BYTES,
    freeBytes: Math.max(0, room.freeUnits()) * UNIT_BYTES,
    agreements: countByStatus(holdings),
    reservations: ledger.reservations.totals().count,
    audits: ledger.audits.counts(),
    demands: ledger.demands.counts(),
    maintenance: stretch === undefined || stretch.untilPeriod <= period ? undefined : stretch,
    asks: asks.current().map(String),
    bids: { fitting, shards, bestPrice: String(bestPrice) },
    repairs: repairsOf(ledger),
    stake: { free: String(stake.free), locked: String(stake.locked), lockable: String(lockable) },
    earnings: { paid: String(paid), heldBack: String(heldBack) },
    reportFees: { owed: String(fees.owed), paid: String(fees.paid) },
    nodeGas: String(balances.gas),
    failed: stake.strikes === FAILED_FOR_GOOD,
  };
}

function repairsOf({ repairs }: Pick<Ledger, 'repairs'>): ProviderStatus['repairs'] {
  const { answered, formed, stored, failed } = repairs.totals();
  return { open: answered + formed, stored, failed };
}

function countByStatus(holdings: readonly Holding[]): ProviderStatus['agreements'] {
  const countOf = (status: Holding['status']): number => holdings.filter((holding) => holding.status === status).length;
  return {
    active: countOf('active'),
    kept: countOf('kept'),
    failed: countOf('failed'),
    handedOver: countOf('handed-over'),
  };
}
