import type { ReputationTerms } from '../../market/reputation.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import { reputationAbi } from '../abi/reputation.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import { type ChannelTerms, readChannelTerms } from './read-channel-terms.ts';

/** Constants of a deployment that nodes reckon with, read from the contracts themselves. */
export interface MarketParameters {
  periodBlocks: number;
  drawCount: number;
  /** Share of an agreement's price that is burned at signing, in 1/10,000. */
  burnBps: bigint;
  holdbackBps: bigint;
  noticePeriods: number;
  /** Token wei. */
  minValue: bigint;
  /** Token wei. */
  bond: bigint;
  reputation: ReputationTerms;
  channels: ChannelTerms;
}

/** They never change during a deployment's life: read them once. */
export async function readMarketParameters(view: ChainView, options: CallOptions = {}): Promise<MarketParameters> {
  const { contracts } = view.deployment;
  const doing = "read the market's parameters";
  const proofs = { address: contracts.possessionProofs, abi: possessionProofsAbi } as const;
  const agreements = { address: contracts.agreements, abi: agreementsAbi } as const;
  const collateral = { address: contracts.collateral, abi: collateralAbi } as const;
  const [periodBlocks, drawCount, burnBps, holdbackBps, noticePeriods, minValue, bond, reputation, channels] =
    await Promise.all([
      readContract(view, doing, { ...proofs, functionName: 'periodBlocks' }, options),
      readContract(view, doing, { ...proofs, functionName: 'drawCount' }, options),
      readContract(view, doing, { ...agreements, functionName: 'burnBps' }, options),
      readContract(view, doing, { ...agreements, functionName: 'holdbackBps' }, options),
      readContract(view, doing, { ...agreements, functionName: 'noticePeriods' }, options),
      readContract(view, doing, { ...agreements, functionName: 'minValue' }, options),
      readContract(view, doing, { ...collateral, functionName: 'bond' }, options),
      readReputationTerms(view, options),
      readChannelTerms(view, options),
    ]);
  return { periodBlocks, drawCount, burnBps, holdbackBps, noticePeriods, minValue, bond, reputation, channels };
}

async function readReputationTerms(view: ChainView, options: CallOptions): Promise<ReputationTerms> {
  const contract = { address: view.deployment.contracts.reputation, abi: reputationAbi } as const;
  const doing = 'read the parameters of reputation';
  const [newcomer, halfLifePeriods, badWeight, fullClients] = await Promise.all([
    readContract(view, doing, { ...contract, functionName: 'newcomer' }, options),
    readContract(view, doing, { ...contract, functionName: 'halfLifePeriods' }, options),
    readContract(view, doing, { ...contract, functionName: 'badWeight' }, options),
    readContract(view, doing, { ...contract, functionName: 'fullClients' }, options),
  ]);
  return { newcomer, halfLifePeriods, badWeight, fullClients: Number(fullClients) };
}
