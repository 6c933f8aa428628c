import type { ChainClient } from './client.ts';

/** EIP-1559 prices in wei of the chain's coin per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** A base fee can rise 12.5% a block: twice the present one covers six full blocks, and what is not used is not paid. */
const BASE_FEE_HEADROOM = 2n;
/** Nodes take a replacement only when both prices rise by at least 10% (geth) or 12.5% (others). */
const BUMP_NUMERATOR = 9n;
const BUMP_DENOMINATOR = 8n;

/** What a transaction sent now should offer. */
export async function readFees(client: ChainClient): Promise<Fees> {
  const [block, tip] = await Promise.all([client.getBlock(), client.estimateMaxPriorityFeePerGas()]);
  return {
    maxFeePerGas: (block.baseFeePerGas ?? 0n) * BASE_FEE_HEADROOM + tip,
    maxPriorityFeePerGas: tip,
  };
}

/** The prices of a replacement: 12.5% above the last, rounded up, and not below what the chain asks for now. */
export function bumpFees(last: Fees, current: Fees): Fees {
  return {
    maxFeePerGas: larger(raise(last.maxFeePerGas), current.maxFeePerGas),
    maxPriorityFeePerGas: larger(raise(last.maxPriorityFeePerGas), current.maxPriorityFeePerGas),
  };
}

function raise(price: bigint): bigint {
  return (price * BUMP_NUMERATOR + BUMP_DENOMINATOR - 1n) / BUMP_DENOMINATOR;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
