import type { Ask, Hex } from '../../market/messages.ts';
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
};
/** A period's seed has this many bits of randomness, above the period's number. Source: `Draws.sol`. */
const PERIOD_HEX_DIGITS = 8;

/** Asks and seeds. */
export function* marketChecks(replay: MarketReplay, reader: StateReader): Generator<Check> {
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
  for (const [block, seed] of replay.seeds.fixedBlocks()) {
    yield {
      subject: `seed of block ${block}`,
      replayed: { seed },
      read: async () => ({ seed: await reader.market('randomness', 'peekSeed', [block]) }),
    };
  }
  for (const record of replay.seeds.records()) yield seedCheck(replay, reader, record);
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
