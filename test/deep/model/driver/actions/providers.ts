import type { Address } from '../../market/types.ts';
import type { Maker } from '../step.ts';

const MAX_ADDRESSES_BYTES = 1024;
const REGIONS = [0, 276, 826];
/** Everything that a run does at once it does for each provider: more make it slow, not better. */
const MAX_HEALTHY = 7;
const MAX_PROVIDERS = 16;
const TOKEN = 10n ** 18n;

export const register: Maker = (world) => {
  const { market, messages, random } = world;
  if (world.healthy().length >= MAX_HEALTHY || market.registry.count >= MAX_PROVIDERS) return undefined;
  const operator = random.chance(0.95) ? random.pick(world.operators) : world.anybody();
  const affordable = market.accounts.availableOf(operator) >= market.stakes.bond;
  if (!affordable && random.chance(0.9)) return undefined;
  const wrong = random.chance(0.3) ? random.int(1, 5) : 0;
  const region = random.pick(REGIONS);
  const deadline = wrong === 1 ? BigInt(market.clock.time - 1) : world.deadline();
  const known = random.maybe(market.registry.ids());
  const key = world.newKey();
  const taken =
    wrong === 2 && known !== undefined ? world.publicKeyOf(market.registry.get(known).nodeAddress) : undefined;
  const publicKey = wrong === 3 ? key.publicKey.slice(0, -2) : (taken ?? key.publicKey);
  const addresses = '/ip4/127.0.0.1/tcp/4001'.padEnd(wrong === 4 ? MAX_ADDRESSES_BYTES + 1 : 0, 'x');
  const digest = messages.registry.nodeBinding(operator, region, deadline);
  const { bytes, signer } = wrong === 5 ? world.signWrongly(key.address, digest) : world.sign(key.address, digest);
  return {
    to: 'nodeRegistry',
    from: operator,
    functionName: 'register',
    args: [publicKey, region, addresses, deadline, bytes],
    model: (m) =>
      m.registry.register(operator, {
        publicKey: publicKey as Address,
        region,
        addresses,
        deadline,
        nodeSigner: signer,
      }),
  };
};

export const assignPlacement: Maker = (world) => {
  const { market, random } = world;
  const ids = market.registry.ids();
  const missing = ids.filter((id) => market.registry.get(id).placementId === undefined);
  const provider = random.chance(0.8) ? random.maybe(missing) : random.int(0, ids.length + 1);
  if (provider === undefined) return undefined;
  return {
    to: 'nodeRegistry',
    from: world.anybody(),
    functionName: 'assignPlacement',
    args: [provider],
    model: (m) => m.registry.assignPlacement(provider),
  };
};

export const updateAddresses: Maker = (world) => {
  const { market, random } = world;
  const provider = random.chance(0.95) ? world.provider() : market.registry.count + 1;
  if (provider === undefined) return undefined;
  const known = provider <= market.registry.count;
  const from = known && random.chance(0.8) ? world.agentOf(provider) : world.anybody();
  const addresses = 'y'.repeat(random.chance(0.85) ? random.int(0, 60) : MAX_ADDRESSES_BYTES + random.int(0, 1));
  return {
    to: 'nodeRegistry',
    from,
    functionName: 'updateAddresses',
    args: [provider, addresses],
    model: (m) => m.registry.updateAddresses(from, provider, addresses),
  };
};

export const revokeSignatures: Maker = (world) => {
  const { market, random } = world;
  const provider = random.chance(0.95) ? world.provider() : market.registry.count + 1;
  if (provider === undefined) return undefined;
  const known = provider <= market.registry.count;
  const from = known && random.chance(0.85) ? world.agentOf(provider) : world.anybody();
  const before = known ? market.registry.get(provider).voidThrough : 0n;
  const now = BigInt(market.clock.time);
  // Not so far ahead that nothing the provider signs from now on would hold.
  const voidThrough = random.chance(0.75) ? now + random.big(-100n, 300n) : before;
  return {
    to: 'nodeRegistry',
    from,
    functionName: 'revokeSignatures',
    args: [provider, voidThrough],
    model: (m) => m.registry.revokeSignatures(from, provider, voidThrough),
  };
};

export const stake: Maker = (world) => {
  const { market, random } = world;
  const owner = random.pick([...world.operators, ...world.clients]);
  const from = world.keyFor(owner);
  const provider = random.chance(0.95) ? random.maybe(world.healthy()) : random.int(0, market.registry.count + 1);
  if (provider === undefined) return undefined;
  const has = market.accounts.availableOf(owner);
  const most = has < 20n * TOKEN ? has : 20n * TOKEN;
  const amount = random.chance(0.9) ? random.big(0n, most) : random.pick([0n, has + 1n, 2n ** 96n]);
  return {
    to: 'collateral',
    from,
    functionName: 'stake',
    args: [provider, owner, amount],
    model: (m) => m.stakes.stake(from, provider, owner, amount),
  };
};
