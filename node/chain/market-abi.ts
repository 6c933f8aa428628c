import type { Abi } from 'viem';

import { agreementsAbi } from './abi/agreements.ts';
import { auditsAbi } from './abi/audits.ts';
import { catalogAbi } from './abi/catalog.ts';
import { collateralAbi } from './abi/collateral.ts';
import { escrowAbi } from './abi/escrow.ts';
import { demandsAbi } from './abi/demands.ts';
import { nodeRegistryAbi } from './abi/node-registry.ts';
import { orderBookAbi } from './abi/order-book.ts';
import { possessionProofsAbi } from './abi/possession-proofs.ts';
import { priceIndexAbi } from './abi/price-index.ts';
import { randomnessAbi } from './abi/randomness.ts';
import { repairsAbi } from './abi/repairs.ts';
import { reputationAbi } from './abi/reputation.ts';
import { retrievalChannelsAbi } from './abi/retrieval-channels.ts';
import { tokenAbi } from './token-abi.ts';

/** ABI of each of the market's contracts, by its name in a deployment's address file. */
export const marketAbis = {
  escrow: escrowAbi,
  nodeRegistry: nodeRegistryAbi,
  orderBook: orderBookAbi,
  agreements: agreementsAbi,
  possessionProofs: possessionProofsAbi,
  collateral: collateralAbi,
  reputation: reputationAbi,
  randomness: randomnessAbi,
  audits: auditsAbi,
  priceIndex: priceIndexAbi,
  repairs: repairsAbi,
  catalog: catalogAbi,
  retrievalChannels: retrievalChannelsAbi,
  demands: demandsAbi,
} as const;

export type MarketContractName = keyof typeof marketAbis;

type AbiError = Extract<Abi[number], { type: 'error' }>;

/**
 * Every custom error that a market transaction can end in. One list for all contracts, because a call to one fails with
 * the error of another: forming agreements reports what the Escrow, the OrderBook or the Collateral found.
 */
export const marketErrors: readonly AbiError[] = [...Object.values(marketAbis), tokenAbi].flatMap((abi) =>
  (abi as Abi).filter((item) => item.type === 'error'),
);
