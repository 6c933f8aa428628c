import { join } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';
import { SqliteMarketIndex } from './sqlite-market-index.ts';
import type { IndexTerms } from './tables.ts';

export interface OpenIndexComponents {
  readonly view: ChainView;
  /** Folder of the indexes, one file per market. */
  readonly folder: string;
  readonly terms: IndexTerms;
  readonly logger: Logger;
}

/**
 * Opens the index of a market, or makes it. What it is of is told by the chain itself: a development chain that was started again has the
 * same number and addresses, but no block in common with the one before.
 * @throws StowError `index-not-ours`, `index-unusable`, `chain-*`
 */
export async function openIndex(
  { view, folder, terms, logger }: OpenIndexComponents,
  options: CallOptions = {},
): Promise<SqliteMarketIndex> {
  const { chainId, deployedAtBlock, contracts } = view.deployment;
  let firstHash: string;
  try {
    const block = await abortable(view.client.getBlock({ blockNumber: deployedAtBlock }), options.signal);
    firstHash = block.hash;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read block ${deployedAtBlock}, in which the market was deployed`);
  }
  const identity = JSON.stringify([chainId, firstHash, ...Object.values(contracts)]);
  const name = `${chainId}-${contracts.agreements.toLowerCase()}.sqlite`;
  return new SqliteMarketIndex({ path: join(folder, name), identity, terms, logger: logger.child({ part: 'index' }) });
}
