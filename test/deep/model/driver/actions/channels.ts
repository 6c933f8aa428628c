import { slice, toHex } from 'viem';

import {
  type Consent,
  type Promised,
  close as closeModel,
  closeTogether as closeTogetherModel,
  collectBurned as collectModel,
  openChannel as openModel,
  redeem as redeemModel,
  redeemBatch as redeemBatchModel,
  requireClientOf,
  startClose as startCloseModel,
  topUpChannel as topUpModel,
  withdraw as withdrawModel,
} from '../../market/channels.ts';
import type { Address, Hex, Signature } from '../../market/types.ts';
import type { ContractName } from '../chain.ts';
import { type Maker, type Step, refuse } from '../step.ts';
import type { Voucher } from '../typed-data.ts';
import type { World } from '../world.ts';

const TOKEN = 10n ** 18n;
const HUGE = 2n ** 96n - 1n;
/** The year 2106: later than any channel may end. */
const FAR = 2 ** 32 - 1;
const MAX_BATCH = 4;
const UPPER_BIT = 1n << 255n;
const PARITY_OFFSET = 27;

export const openChannel: Maker = (world) => {
  const { market, random } = world;
  const client = random.chance(0.95) ? random.pick(world.clients) : world.stranger;
  const caller = world.keyFor(client);
  const wanted = { ...wantedOf(world, market.accounts.availableOf(client)), client };
  const { provider, amount, expiry } = wanted;
  return call(caller, 'open', [client, provider, amount, expiry], (m) => openModel(m, caller, wanted));
};

export const openFromWallet: Maker = (world) => {
  const { random } = world;
  const client = random.chance(0.9) ? random.pick(world.clients.slice(0, 3)) : world.cautious;
  const permit = permitOf(world, client);
  const wanted = { ...wantedOf(world, permit.amount), client };
  const { provider, amount, expiry } = wanted;
  return call(client, 'openWithPermit', [provider, amount, expiry, permit.words], (m) => {
    permit.deposit(m);
    openModel(m, client, wanted);
  });
};

export const topUpChannel: Maker = (world) => {
  const { market, random } = world;
  const number = someChannel(world);
  const client = market.channels.peek(number)?.client ?? world.anybody();
  const caller = world.keyFor(client);
  const wanted = { channel: number, ...moreOf(world, number, market.accounts.availableOf(client)) };
  const args = [number, wanted.amount, wanted.expiry];
  if (random.chance(0.75)) return call(caller, 'topUp', args, (m) => topUpModel(m, caller, wanted));
  const permit = permitOf(world, client);
  return call(caller, 'topUpWithPermit', [...args, permit.words], (m) => {
    requireClientOf(m, caller, number);
    permit.deposit(m, caller);
    topUpModel(m, caller, wanted);
  });
};

/** This chain has no Permit2 contract. */
export const openByPermit2: Maker = (world) => {
  const words = { amount: 1n, nonce: 0n, deadline: world.deadline(), signature: '0x' };
  return call(world.anybody(), 'openWithPermit2', [1, 1n, FAR, words], refuse('Escrow_NoPermit2'));
};

export const redeem: Maker = (world) => {
  const { voucher, signature, promised } = signedVoucher(world, someChannel(world));
  return call(world.anybody(), 'redeem', [voucher, signature.bytes], (m) => redeemModel(m, promised));
};

export const redeemBatch: Maker = (world) => {
  const list = Array.from({ length: world.random.int(0, MAX_BATCH) }, () => signedVoucher(world, someChannel(world)));
  const args = [list.map(({ voucher, signature }) => ({ voucher, signature: signature.bytes }))];
  return call(world.anybody(), 'redeemBatch', args, (m) =>
    redeemBatchModel(
      m,
      list.map(({ promised }) => promised),
    ),
  );
};

export const closeChannel: Maker = (world) => {
  const { market, messages, random } = world;
  const number = someChannel(world);
  const channel = market.channels.peek(number);
  if (channel === undefined && random.chance(0.9)) return undefined;
  const provider = channel?.provider ?? 1;
  if (!market.registry.ids().includes(provider)) return undefined;
  const { voucher, signature, promised } = signedVoucher(world, number);
  const deadline = world.deadline();
  const signer = world.agentOf(provider);
  const digest = messages.channels.closing(voucher, deadline);
  const agreed = random.chance(0.9) ? world.sign(signer, digest) : world.signWrongly(signer, digest);
  const consent: Consent = { signer: agreed.signer, deadline };
  const client = channel?.client ?? world.anybody();
  const caller = random.pick([client, client, world.agentOf(provider), world.anybody()]);
  if (random.chance(0.5)) {
    const [r, vs] = compact(agreed.bytes);
    return call(caller, 'closeTogether', [voucher, deadline, r, vs], (m) =>
      closeTogetherModel(m, caller, promised, consent),
    );
  }
  return call(caller, 'close', [voucher, signature.bytes, deadline, agreed.bytes], (m) =>
    closeModel(m, caller, promised, consent),
  );
};

export const startClose: Maker = (world) => {
  const number = someChannel(world);
  const client = world.market.channels.peek(number)?.client;
  const caller = client !== undefined && world.random.chance(0.9) ? client : world.anybody();
  return call(caller, 'startClose', [number], (m) => startCloseModel(m, caller, number));
};

export const withdrawChannel: Maker = (world) => {
  const { channels, clock } = world.market;
  const over = channels.all().filter(([, channel]) => clock.time >= channels.closesAt(channel));
  const number = world.random.chance(0.9) ? world.random.maybe(over)?.[0] : someChannel(world);
  if (number === undefined) return undefined;
  return call(world.anybody(), 'withdraw', [number], (m) => withdrawModel(m, number));
};

export const collectBurned: Maker = (world) => {
  const isOurs = world.random.chance(0.9);
  const args = [isOurs ? world.addressOf('retrievalChannels') : world.anybody()];
  return {
    to: 'escrow',
    from: world.anybody(),
    functionName: 'collectBurned',
    args,
    model: isOurs ? collectModel : refuse('Escrow_ZeroAmount'),
  };
};

interface Permit {
  amount: bigint;
  /** As the contract takes it. */
  words: { amount: bigint; deadline: bigint; v: number; r: Hex; s: Hex };
  /** Into the account of whoever calls, out of whose wallet it comes: a permit of somebody else's is none. */
  deposit: (market: World['market'], caller?: Address) => void;
}

function permitOf(world: World, owner: Address): Permit {
  const { market, messages, random } = world;
  const { balance, permits } = market.token.purse(owner);
  const most = balance < TOKEN ? balance : TOKEN;
  const amount = random.chance(0.9) && most > 0n ? random.big(1n, most) : random.pick([0n, balance + 1n]);
  const deadline = random.chance(0.1) ? BigInt(market.clock.time - 1) : world.deadline();
  const nonce = random.chance(0.1) ? permits + 1n : permits;
  const digest = messages.token.permit(owner, world.addressOf('escrow'), amount, nonce, deadline);
  // A contract wallet signs no permits: the token knows keys only.
  const signer = random.chance(0.1) || market.wallets.has(owner) ? world.stranger : owner;
  const { bytes } = world.sign(signer, digest);
  const [r, s, v] = [slice(bytes, 0, 32), slice(bytes, 32, 64), Number(slice(bytes, 64))];
  const deposit: Permit['deposit'] = (m, caller = owner) => {
    if (caller === owner) m.token.permit(owner, amount, Number(deadline), signer, nonce, m.clock.time);
    m.accounts.deposit(caller, caller, amount);
  };
  return { amount, words: { amount, deadline, v, r, s }, deposit };
}

/** What a channel is opened with: mostly a part of what somebody has, and a life that is long enough. */
function wantedOf(world: World, has: bigint): { provider: number; amount: bigint; expiry: number } {
  const { market, random } = world;
  const { registry, clock, channels } = market;
  const provider = random.chance(0.95) ? (world.provider() ?? 1) : registry.count + random.int(0, 2);
  const part = has < TOKEN ? has : TOKEN;
  const amount = random.chance(0.9) && part > 0n ? random.big(1n, part) : random.pick([0n, has + 1n, HUGE]);
  const earliest = clock.time + channels.params.disputeSeconds;
  const expiry = random.chance(0.9) ? earliest + random.int(0, 2_000) : random.pick([earliest - 1, earliest, FAR]);
  return { provider, amount, expiry };
}

function moreOf(world: World, number: bigint, has: bigint): { amount: bigint; expiry: number } {
  const { market, random } = world;
  const before = market.channels.peek(number)?.expiry ?? market.clock.time;
  const part = has < TOKEN ? has : TOKEN;
  const amount = random.chance(0.7) && part > 0n ? random.big(1n, part) : random.pick([0n, 0n, has + 1n, HUGE]);
  const expiry = random.pick([before, before + random.int(0, 500), random.chance(0.2) ? before - 1 : before, before]);
  return { amount, expiry: random.chance(0.03) ? FAR : expiry };
}

interface Made {
  voucher: Voucher;
  signature: Signature;
  promised: Promised;
}

/** Mostly more than the last one, and within the deposit. */
function signedVoucher(world: World, channel: bigint): Made {
  const { market, messages, random } = world;
  const found = market.channels.peek(channel);
  const { deposit, redeemed } = found ?? { deposit: 1n, redeemed: 0n };
  const within = random.big(redeemed, deposit);
  const odd = [redeemed, deposit, deposit + 1n, redeemed === 0n ? 0n : redeemed - 1n];
  const voucher: Voucher = {
    channel,
    amount: random.chance(0.8) ? within : random.pick(odd),
    readBytes: random.big(0n, 2n ** 40n),
    firstByteMs: random.int(0, 10_000),
    kibPerSecond: random.int(0, 255),
  };
  const client = found?.client ?? random.pick(world.clients);
  const digest = messages.channels.voucher(voucher);
  const signature = random.chance(0.92) ? world.sign(client, digest) : world.signWrongly(client, digest);
  return { voucher, signature, promised: { channel, amount: voucher.amount, signer: signature.signer } };
}

/** Mostly one that is open; else any number. */
function someChannel({ market, random }: World): bigint {
  const open = random.chance(0.92) ? random.maybe(market.channels.all())?.[0] : undefined;
  return open ?? random.big(0n, market.channels.count + 1n);
}

/** r and, with the parity in its upper bit, s (EIP-2098); zeros, which recover to nobody, of no signature. */
function compact(bytes: Hex): [Hex, Hex] {
  if (bytes === '0x') return [toHex(0, { size: 32 }), toHex(0, { size: 32 })];
  const [r, s, v] = [slice(bytes, 0, 32), BigInt(slice(bytes, 32, 64)), Number(slice(bytes, 64))];
  return [r, toHex(v === PARITY_OFFSET ? s : s | UPPER_BIT, { size: 32 })];
}

function call(
  from: Address,
  functionName: string,
  args: readonly unknown[],
  model: (market: World['market']) => void,
): Step {
  const to: ContractName = 'retrievalChannels';
  return { from, to, functionName, args, model };
}
