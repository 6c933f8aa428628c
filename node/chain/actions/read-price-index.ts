import type { ContractFunctionReturnType } from 'viem';

import { INDEX_SCALE, SHARE } from '../../market/price-index.ts';
import type { CallOptions } from '../abortable.ts';
import { priceIndexAbi } from '../abi/price-index.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Entries that the contract keeps. */
export const INDEX_HISTORY = 256;

type Level = ContractFunctionReturnType<typeof priceIndexAbi, 'view', 'current'>[0];

/** One reading of the index. */
export interface IndexReading {
  period: number;
  /** Token wei for one unit and period, rounded down. */
  index: bigint;
  /** Units under agreements over units bonded, from 0 to 1. */
  utilisation: number;
  /** Moving average of what was sold in a period over what is bonded. */
  flow: number;
}

/** The index now, and what it is made of. */
export interface IndexState extends IndexReading {
  /** Token wei for one unit and period that a pegged ask at a premium of nothing wants in this period. */
  quote: bigint;
  /** Units under agreements. */
  committed: bigint;
  /** Units of capacity that providers bonded. */
  bonded: bigint;
  /** Newest first; periods in which nothing changed have no entry. */
  history: IndexReading[];
}

/** Reads the price index with at most `max` entries of its history. */
export async function readPriceIndex(view: ChainView, max: number, options: CallOptions = {}): Promise<IndexState> {
  const address = view.deployment.contracts.priceIndex;
  const doing = 'read the price index';
  const contract = { address, abi: priceIndexAbi } as const;
  const [[level, signal], quote, history] = await Promise.all([
    readContract(view, doing, { ...contract, functionName: 'current' }, options),
    readContract(view, doing, { ...contract, functionName: 'quote' }, options),
    readContract(view, doing, { ...contract, functionName: 'history', args: [BigInt(max)] }, options),
  ]);
  return {
    ...readingOf({ ...level, ...signal }),
    quote,
    committed: level.committed,
    bonded: level.bonded,
    history: history.map(readingOf),
  };
}

function readingOf(entry: Pick<Level, 'period' | 'index'> & { utilisation: number; flow: number }): IndexReading {
  return {
    period: entry.period,
    index: entry.index / INDEX_SCALE,
    utilisation: entry.utilisation / Number(SHARE),
    flow: entry.flow / Number(SHARE),
  };
}
