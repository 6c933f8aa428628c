import { zeroAddress } from 'viem';

import type { Ask, Hex } from '../../market/messages.ts';
import { bidName } from '../replay/bids.ts';
import { askName } from '../replay/order-book.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import type { SeedRecord } from '../replay/seeds.ts';
import type { Check, StateReader } from './reader.ts';

const NO_ASK: Ask = {
  provider: 0,
  pricePerUnitPeriod: 0n,
  unitsLeft: 0,
  minUnits: 0,
  maxUnits: 0,
  expiry: 0,
  collateralPeriods: 0,
  minPeriods: 0,
  maxPeriods: 0,
  region: 0,
  minClientDeposit: 0n,
  retrievalPricePerMiB: 0n,
  premiumBps: 0,
  ceiling: 0n,
};
/** A period's seed has this many bits of randomness, above the period's number. Source: `Draws.sol`. */
const PERIOD_HEX_DIGITS = 8;

/** Asks, bids, the price index and seeds. `period` is the one that the audited block's views are in. */
export function* marketChecks(replay: MarketReplay, reader: StateReader, period: number): Generator<Check> {
  yield {
    subject: 'the order book',
    replayed: { asks: replay.orderBook.count },
    read: async () => ({ asks: await reader.market('orderBook', 'askCount', []) }),
  };
  for (const [askId, ask] of replay.orderBook.all()) {
    yield {
      subject: askName(askId),
      replayed: { ...(ask ?? NO_ASK) },
      read: async () => reader.market('orderBook', 'asks', [askId]),
    };
  }
  yield* bidChecks(replay, reader);
  yield* indexChecks(replay, reader, period);
  for (const [block, seed] of replay.seeds.fixedBlocks()) {
    yield {
      subject: `seed of block ${block}`,
      replayed: { seed },
      read: async () => ({ seed: await reader.market('randomness', 'peekSeed', [block]) }),
    };
  }
  for (const record of replay.seeds.records()) yield seedCheck(replay, reader, record);
}

function* bidChecks({ bids, orderBook, registry }: MarketReplay, reader: StateReader): Generator<Check> {
  yield {
    subject: 'the order book',
    replayed: { bids: bids.count },
    read: async () => ({ bids: await reader.market('orderBook', 'bidCount', []) }),
  };
  for (const [bidId, bid] of bids.all()) {
    yield {
      subject: bidName(bidId),
      replayed: { client: bid?.client ?? zeroAddress, shardsLeft: bid?.shardsLeft ?? 0, ...bid?.terms },
      read: async () => {
        const { terms, ...state } = await reader.market('orderBook', 'bids', [bidId]);
        return { ...terms, ...state };
      },
    };
  }
  for (const [provider] of registry.all()) {
    yield {
      subject: `provider ${provider}`,
      replayed: { series: orderBook.seriesOf(provider) },
      read: async () => ({ series: await reader.market('orderBook', 'seriesOf', [provider]) }),
    };
  }
}

function* indexChecks({ priceIndex }: MarketReplay, reader: StateReader, period: number): Generator<Check> {
  const { index, committed, bonded, flow, utilisation, sold, weighed, blocks } = priceIndex.stateIn(period);
  const subject = 'the price index';
  yield {
    subject,
    replayed: { index, committed, bonded, flow, utilisation, sold, weighed, blocks, entries: priceIndex.entries },
    read: async () => {
      const [level, signal] = await reader.market('priceIndex', 'current', []);
      return { ...level, ...signal };
    },
  };
  yield {
    subject,
    replayed: { quote: priceIndex.quote(period) },
    read: async () => ({ quote: await reader.market('priceIndex', 'quote', []) }),
  };
}

/** A seed is the hash of one of the blocks that the rule allows, or was fixed before for one of them. */
function seedCheck({ seeds }: MarketReplay, reader: StateReader, { subject, seed, blocks }: SeedRecord): Check {
  const fixed = blocks.flatMap((block) => seeds.fixed(block) ?? []);
  const isPeriod = subject.startsWith('seed of period');
  const matches = (hash: Hex): boolean =>
    isPeriod ? hash.slice(0, -PERIOD_HEX_DIGITS) === seed.slice(0, -PERIOD_HEX_DIGITS) : hash === seed;
  return {
    subject,
    replayed: { 'comes from its block': true },
    read: async () => {
      for (const block of new Set(blocks)) {
        const hash = await reader.hashOf(block);
        if (hash !== undefined && matches(hash)) return { 'comes from its block': true };
      }
      return { 'comes from its block': isPeriod && fixed.some(matches) };
    },
  };
}
