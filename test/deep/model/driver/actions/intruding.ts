import type { ContractName } from '../chain.ts';
import { type Maker, refuse } from '../step.ts';

const NO_ROOT = `0x${'00'.repeat(32)}`;

/** Every function that only the market's own contracts may call: contract, error, function, arguments that would do. */
const GUARDED: readonly [ContractName, string, string, (me: string) => readonly unknown[]][] = [
  ['escrow', 'Escrow_NotAMarketContract', 'lock', (me) => [me, 1n, 0n]],
  ['escrow', 'Escrow_NotAMarketContract', 'lockBy', (me) => [me, me, 1n, 0n]],
  ['escrow', 'Escrow_NotAMarketContract', 'release', () => [1, 1n, 0, 0n]],
  ['escrow', 'Escrow_NotAMarketContract', 'payOut', () => [1, 1n, 0, 0n, 0n]],
  ['escrow', 'Escrow_NotAMarketContract', 'depositOfWithPermit', (me) => [me, 1n, 1n, 27, NO_ROOT, NO_ROOT]],
  ['orderBook', 'OrderBook_NotAgreements', 'fill', () => [1n, 1, 1, 1, 1n, 1n, 1n]],
  ['collateral', 'Collateral_NotAMarketContract', 'lockBond', (me) => [1, me]],
  ['collateral', 'Collateral_NotAMarketContract', 'lock', () => [1, 1n]],
  ['collateral', 'Collateral_NotAMarketContract', 'settleSlashes', () => [1, 1, 1, 1, 2, 1n]],
  ['collateral', 'Collateral_NotAMarketContract', 'releaseCollateral', () => [1, 1, 1, 2, 1n, true]],
  ['collateral', 'Collateral_NotAMarketContract', 'strike', () => [1, 1, 1, 1]],
  ['agreements', 'Agreements_NotAudits', 'beginAudit', () => [1n << 32n, 3n]],
  ['agreements', 'Agreements_NotAudits', 'passAudit', () => [1n << 32n]],
  ['agreements', 'Agreements_NotAudits', 'failAudit', () => [1n << 32n]],
  ['possessionProofs', 'PossessionProofs_NotAgreements', 'add', () => [1, NO_ROOT, 1, 1n]],
  ['possessionProofs', 'PossessionProofs_NotAgreements', 'remove', () => [1n << 32n, 1n, true]],
  ['possessionProofs', 'PossessionProofs_NotAgreements', 'count', () => [1n << 32n, 1, 2]],
  ['priceIndex', 'PriceIndex_NotAMarketContract', 'onSold', () => [1n, 1n]],
  ['priceIndex', 'PriceIndex_NotAMarketContract', 'onEnded', () => [1n]],
  ['priceIndex', 'PriceIndex_NotAMarketContract', 'onCapacity', () => [0, 1]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordProven', () => [1, 1, 1n]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordMissed', () => [1, 1, 1n, 1]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordKept', () => [1]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordHandedOver', () => [1]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordAudited', () => [1]],
  ['reputation', 'Reputation_NotAMarketContract', 'recordFailed', () => [1, 1, 1n]],
];

export const intrude: Maker = (world) => {
  const from = world.anybody();
  const [to, error, functionName, args] = world.random.pick(GUARDED);
  return { to, from, functionName, args: args(from), model: refuse(error, from) };
};
