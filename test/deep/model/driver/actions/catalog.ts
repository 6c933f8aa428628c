import { MAX_ENVELOPE_BYTES } from '../../market/catalog.ts';
import { type Address, type Hex, ZERO_ADDRESS } from '../../market/types.ts';
import type { Maker } from '../step.ts';

const NO_HASH: Hex = `0x${'00'.repeat(32)}`;
/** Shares last for some periods; the shortest ends while somebody looks. */
const LONGEST_SECONDS = 2_000;

export const publishKey: Maker = (world) => {
  const { random } = world;
  const from = world.anybody();
  const key: Hex = random.chance(0.9) ? `0x${random.bytes(`key of ${from}`).toString('hex')}` : NO_HASH;
  return {
    to: 'catalog',
    from,
    functionName: 'publishKey',
    args: [key],
    model: (m) => m.catalog.publishKey(from, key),
  };
};

export const share: Maker = (world) => {
  const { market, random } = world;
  const owner = random.pick(world.clients);
  const known = random.maybe(world.objects.get(owner) ?? []) ?? world.newObject(owner);
  const objectKey = random.chance(0.97) ? known : NO_HASH;
  const reader: Address = random.chance(0.95) ? random.pick([world.anybody(), ZERO_ADDRESS]) : owner;
  const { time } = market.clock;
  const until = random.chance(0.95) ? time + random.int(1, LONGEST_SECONDS) : time;
  const bytes = random.chance(0.92) ? random.int(1, 90) : random.pick([0, MAX_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES + 1]);
  const envelope: Hex = `0x${'ab'.repeat(bytes)}`;
  return {
    to: 'catalog',
    from: owner,
    functionName: 'share',
    args: [objectKey, reader, until, envelope],
    model: (m) => m.catalog.share({ owner, objectKey, reader, until }, bytes),
  };
};

export const unshare: Maker = (world) => {
  const { market, random } = world;
  const known = random.maybe(market.catalog.shares());
  if (known === undefined) return undefined;
  const { owner, objectKey } = known;
  const reader = random.chance(0.85) ? known.reader : world.anybody();
  return {
    to: 'catalog',
    from: owner,
    functionName: 'unshare',
    args: [objectKey, reader],
    model: (m) => m.catalog.unshare(owner, objectKey, reader),
  };
};
