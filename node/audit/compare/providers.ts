import { FAILED_STRIKES } from '../formulas.ts';
import { missedBefore } from '../replay/duty.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import type { Check, StateReader } from './reader.ts';

/** Registrations, stakes, duties, records and scores. `period` is the one that the audited block's views are in. */
export function* providerChecks(replay: MarketReplay, reader: StateReader, period: number): Generator<Check> {
  yield {
    subject: 'the registry',
    replayed: { providers: replay.registry.count },
    read: async () => ({ providers: await reader.market('nodeRegistry', 'providerCount', []) }),
  };
  for (const [provider] of replay.registry.all()) {
    yield* registrationChecks(replay, reader, provider);
    yield* stakeChecks(replay, reader, provider);
    yield* dutyChecks(replay, reader, provider, period);
    yield* reputationChecks(replay, reader, provider, period);
  }
}

function* registrationChecks(
  { registry, accounts }: MarketReplay,
  reader: StateReader,
  provider: number,
): Generator<Check> {
  const record = registry.get(provider);
  if (record === undefined) return;
  const { addresses, ...registration } = record;
  const subject = `provider ${provider}`;
  const operatorAccount = accounts.numberOf(record.operator) ?? 0;
  yield {
    subject,
    replayed: { ...registration, operatorAccount },
    read: async () => reader.market('nodeRegistry', 'providers', [provider]),
  };
  yield {
    subject,
    replayed: { addresses },
    read: async () => ({ addresses: await reader.market('nodeRegistry', 'addressesOf', [provider]) }),
  };
  yield {
    subject,
    replayed: { 'id by its node address': provider },
    read: async () => ({
      'id by its node address': await reader.market('nodeRegistry', 'providerOfNode', [record.nodeAddress]),
    }),
  };
}

function* stakeChecks({ stakes }: MarketReplay, reader: StateReader, provider: number): Generator<Check> {
  const { free, locked, strikes, slashes, unbonding, releaseTime } = stakes.get(provider);
  const subject = `provider ${provider}`;
  yield {
    subject,
    replayed: { free, locked, strikes, lastMiss: stakes.lastMiss(provider), slashes: slashes.length },
    read: async () => reader.market('collateral', 'stakes', [provider]),
  };
  yield {
    subject,
    replayed: { unbonding, releaseTime },
    read: async () => {
      const { amount, releaseTime: time } = await reader.market('collateral', 'unbondings', [provider]);
      return { unbonding: amount, releaseTime: time };
    },
  };
  yield {
    subject,
    replayed: { failed: strikes === FAILED_STRIKES },
    read: async () => ({ failed: await reader.market('collateral', 'hasFailed', [provider]) }),
  };
}

function* dutyChecks(
  { proofs }: MarketReplay,
  reader: StateReader,
  provider: number,
  period: number,
): Generator<Check> {
  const duty = proofs.get(provider);
  const { units, unitsAtOpen, touched, leaves, leavesAtOpen, failed, maintained, rent, rentAtOpen, proven } = duty;
  const subject = `provider ${provider}`;
  const own = { units, unitsAtOpen, touched, leaves, leavesAtOpen, failed, maintained, rent, rentAtOpen };
  const resolvedAtLeast = duty.resolvedThrough;
  yield {
    subject,
    // How far the record goes is only told as far as it matters: it may be ahead, never behind.
    replayed: { ...own, lastProven: proven.at(-1) ?? 0, 'record is complete': true },
    read: async () => {
      const state = await reader.market('possessionProofs', 'duties', [provider]);
      return { ...state, 'record is complete': state.resolvedThrough >= resolvedAtLeast };
    },
  };
  yield {
    subject,
    replayed: { ...duty.maintenance },
    read: async () => reader.market('possessionProofs', 'maintenanceOf', [provider]),
  };
  const unrecorded = missedBefore(duty, period).reduce((sum, { count }) => sum + count, 0);
  yield {
    subject,
    replayed: { 'unrecorded misses': unrecorded },
    read: async () => ({
      'unrecorded misses': await reader.market('possessionProofs', 'unrecordedMisses', [provider]),
    }),
  };
  yield {
    subject,
    replayed: { 'proven periods': proven.length },
    read: async () => ({
      'proven periods': await reader.market('possessionProofs', 'provenBetween', [provider, 0, period + 1]),
    }),
  };
}

function* reputationChecks(
  replay: MarketReplay,
  reader: StateReader,
  provider: number,
  period: number,
): Generator<Check> {
  const subject = `provider ${provider}`;
  yield {
    subject,
    replayed: { ...replay.reputation.get(provider) },
    read: async () => reader.market('reputation', 'records', [provider]),
  };
  yield {
    subject,
    replayed: { score: replay.reputation.score(provider, period) },
    read: async () => ({ score: await reader.market('reputation', 'scoreAt', [provider, period]) }),
  };
  yield {
    subject,
    replayed: { clients: replay.reputation.clients(provider, period), ...replay.reputation.sketches(provider) },
    read: async () => ({
      clients: await reader.market('reputation', 'clientCountAt', [provider, period]),
      ...(await reader.market('reputation', 'clientsOf', [provider])),
    }),
  };
}
