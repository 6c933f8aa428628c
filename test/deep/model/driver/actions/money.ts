import { slice } from 'viem';

import { BURN_ADDRESS } from '../../market/accounts.ts';
import { UNLIMITED } from '../../market/token.ts';
import { type Address, ZERO_ADDRESS } from '../../market/types.ts';
import { type Maker, type Step, refuse } from '../step.ts';
import type { World } from '../world.ts';

const TOKEN = 10n ** 18n;
const HUGE = 2n ** 96n;

/** Mostly a part of what somebody has; now and then nothing, one too many, or far too much. */
function amountOf(world: World, has: bigint): bigint {
  const { random } = world;
  if (random.chance(0.85)) return has < 2n ? has : random.big(1n, has);
  return random.pick([0n, has, has + 1n, HUGE, UNLIMITED]);
}

export const deposit: Maker = (world) => {
  const { market, random } = world;
  const from = random.chance(0.9) ? random.pick([...world.clients, ...world.operators]) : world.anybody();
  const { balance, allowance } = market.token.purse(from);
  const most = balance < allowance ? balance : allowance;
  if (most === 0n && random.chance(0.95)) return undefined;
  const poor = random.chance(0.02);
  const amount = poor ? balance + 1n : amountOf(world, most < 50n * TOKEN ? most : 50n * TOKEN);
  const owner = random.chance(0.8) ? from : random.pick([world.anybody(), ZERO_ADDRESS]);
  return call('escrow', from, 'deposit', [owner, amount], (m) => m.accounts.deposit(from, owner, amount));
};

export const depositWithPermit: Maker = (world) => {
  const { market, messages, random } = world;
  const from = random.pick([...world.clients.slice(0, 3), ...world.operators.slice(0, 3), world.cautious]);
  const purse = market.token.purse(from);
  const amount = amountOf(world, purse.balance < TOKEN ? purse.balance : TOKEN);
  const late = random.chance(0.1);
  const deadline = late ? BigInt(market.clock.time - 1) : world.deadline();
  const nonce = random.chance(0.1) ? purse.permits + 1n : purse.permits;
  const digest = messages.token.permit(from, world.addressOf('escrow'), amount, nonce, deadline);
  const { bytes, signer } = random.chance(0.1) ? world.sign(world.stranger, digest) : world.sign(from, digest);
  const [r, s, v] = [slice(bytes, 0, 32), slice(bytes, 32, 64), Number(slice(bytes, 64))];
  return call('escrow', from, 'depositWithPermit', [amount, deadline, v, r, s], (m) => {
    // A permit that does not hold changes nothing, and the allowance that was there before serves.
    m.token.permit(from, amount, Number(deadline), signer, nonce, m.clock.time);
    m.accounts.deposit(from, from, amount);
  });
};

/** This chain has no Permit2 contract. */
export const depositWithPermit2: Maker = (world) => {
  const args = [world.anybody(), 1n, 0n, world.deadline(), '0x'];
  return call('escrow', world.anybody(), 'depositWithPermit2', args, refuse('Escrow_NoPermit2'));
};

export const approve: Maker = (world) => {
  const { random } = world;
  const from = random.pick([...world.clients, ...world.operators]);
  const amount = random.pick([UNLIMITED, UNLIMITED, 100n * TOKEN]);
  const args = [world.addressOf('escrow'), amount];
  return call('token', from, 'approve', args, (m) => m.token.approve(from, amount));
};

export const withdraw: Maker = (world) => {
  const { market, random } = world;
  const from = random.chance(0.9) ? random.pick([...world.clients, ...world.operators]) : world.anybody();
  const has = market.accounts.availableOf(from);
  const amount = amountOf(world, has / 20n);
  const to = random.chance(0.9)
    ? from
    : random.pick<Address>([world.anybody(), ZERO_ADDRESS, world.addressOf('escrow'), BURN_ADDRESS]);
  return call('escrow', from, 'withdraw', [to, amount], (m) => m.accounts.withdraw(from, to, amount));
};

export const sweepBurned: Maker = (world) =>
  call('escrow', world.anybody(), 'sweepBurned', [], (m) => m.accounts.sweepBurned());

function call(
  to: 'escrow' | 'token',
  from: Address,
  functionName: string,
  args: readonly unknown[],
  model: (market: World['market']) => void,
): Step {
  return { from, to, functionName, args, model };
}
