import { agreementsAbi } from '../chain/abi/agreements.ts';
import { auditsAbi } from '../chain/abi/audits.ts';
import { collateralAbi } from '../chain/abi/collateral.ts';
import { possessionProofsAbi } from '../chain/abi/possession-proofs.ts';
import { priceIndexAbi } from '../chain/abi/price-index.ts';
import { demandsAbi } from '../chain/abi/demands.ts';
import { repairsAbi } from '../chain/abi/repairs.ts';
import { reputationAbi } from '../chain/abi/reputation.ts';
import { retrievalChannelsAbi } from '../chain/abi/retrieval-channels.ts';
import type { CallOptions } from '../chain/abortable.ts';
import type { ChainView } from '../chain/client.ts';
import { readContract } from '../chain/contract-call.ts';
import type { PriceIndexParams } from '../market/price-index.ts';

/** Constants of a deployment that the replay reckons with. Money in token wei, shares in 1/10,000. */
export interface AuditParameters {
  /** First block of period 1. */
  genesisBlock: bigint;
  periodBlocks: bigint;
  burnBps: bigint;
  holdbackBps: bigint;
  noticePeriods: number;
  reportFee: bigint;
  compensationBps: bigint;
  healPeriods: number;
  /** Share of what remains that the 1st to 4th miss takes. */
  ladderBps: readonly bigint[];
  newcomer: bigint;
  halfLifePeriods: bigint;
  badWeight: bigint;
  fullClients: number;
  priceIndex: PriceIndexParams;
  auditBond: bigint;
  auditBurnBps: bigint;
  auditWindowBlocks: bigint;
  repairBountyBps: bigint;
  channelBurnBps: bigint;
  demandBond: bigint;
  demandWindowBlocks: bigint;
}

/** They are part of the contracts' code, not of their storage. @throws StowError `chain-*` */
export async function readAuditParameters(view: ChainView, options: CallOptions = {}): Promise<AuditParameters> {
  const { contracts } = view.deployment;
  const doing = "read the market's parameters";
  const proofs = { address: contracts.possessionProofs, abi: possessionProofsAbi } as const;
  const agreements = { address: contracts.agreements, abi: agreementsAbi } as const;
  const collateral = { address: contracts.collateral, abi: collateralAbi } as const;
  const reputation = { address: contracts.reputation, abi: reputationAbi } as const;
  const audits = { address: contracts.audits, abi: auditsAbi } as const;
  const [genesisBlock, periodBlocks] = await Promise.all([
    readContract(view, doing, { ...proofs, functionName: 'openingBlock', args: [1] }, options),
    readContract(view, doing, { ...proofs, functionName: 'periodBlocks' }, options),
  ]);
  const [burnBps, holdbackBps, noticePeriods] = await Promise.all([
    readContract(view, doing, { ...agreements, functionName: 'burnBps' }, options),
    readContract(view, doing, { ...agreements, functionName: 'holdbackBps' }, options),
    readContract(view, doing, { ...agreements, functionName: 'noticePeriods' }, options),
  ]);
  const [reportFee, compensationBps, healPeriods, ladderBps] = await Promise.all([
    readContract(view, doing, { ...collateral, functionName: 'reportFee' }, options),
    readContract(view, doing, { ...collateral, functionName: 'compensationBps' }, options),
    readContract(view, doing, { ...collateral, functionName: 'healPeriods' }, options),
    readContract(view, doing, { ...collateral, functionName: 'ladderBps' }, options),
  ]);
  const priceIndex = await readPriceIndexParams(view, options);
  const [newcomer, halfLifePeriods, badWeight, fullClients] = await Promise.all([
    readContract(view, doing, { ...reputation, functionName: 'newcomer' }, options),
    readContract(view, doing, { ...reputation, functionName: 'halfLifePeriods' }, options),
    readContract(view, doing, { ...reputation, functionName: 'badWeight' }, options),
    readContract(view, doing, { ...reputation, functionName: 'fullClients' }, options),
  ]);
  const [auditBond, auditBurnBps, auditWindowBlocks] = await Promise.all([
    readContract(view, doing, { ...audits, functionName: 'bond' }, options),
    readContract(view, doing, { ...audits, functionName: 'burnBps' }, options),
    readContract(view, doing, { ...audits, functionName: 'windowBlocks' }, options),
  ]);
  const repairs = { address: contracts.repairs, abi: repairsAbi } as const;
  const repairBountyBps = await readContract(view, doing, { ...repairs, functionName: 'bountyBps' }, options);
  const demands = { address: contracts.demands, abi: demandsAbi } as const;
  const [demandBond, demandWindowBlocks] = await Promise.all([
    readContract(view, doing, { ...demands, functionName: 'bond' }, options),
    readContract(view, doing, { ...demands, functionName: 'windowBlocks' }, options),
  ]);
  const channels = { address: contracts.retrievalChannels, abi: retrievalChannelsAbi } as const;
  const channelBurnBps = await readContract(view, doing, { ...channels, functionName: 'burnBps' }, options);
  return {
    genesisBlock,
    periodBlocks: BigInt(periodBlocks),
    burnBps,
    holdbackBps,
    noticePeriods,
    reportFee,
    compensationBps,
    healPeriods: Number(healPeriods),
    ladderBps: ladderBps.map(BigInt),
    newcomer,
    halfLifePeriods,
    badWeight,
    fullClients: Number(fullClients),
    priceIndex,
    auditBond,
    auditBurnBps,
    auditWindowBlocks,
    repairBountyBps,
    channelBurnBps,
    demandBond,
    demandWindowBlocks,
  };
}

async function readPriceIndexParams(view: ChainView, options: CallOptions): Promise<PriceIndexParams> {
  const contract = { address: view.deployment.contracts.priceIndex, abi: priceIndexAbi } as const;
  const doing = 'read the parameters of the price index';
  const [startPrice, target, step, flowDecay, curve] = await Promise.all([
    readContract(view, doing, { ...contract, functionName: 'startPrice' }, options),
    readContract(view, doing, { ...contract, functionName: 'target' }, options),
    readContract(view, doing, { ...contract, functionName: 'step' }, options),
    readContract(view, doing, { ...contract, functionName: 'flowDecay' }, options),
    readContract(view, doing, { ...contract, functionName: 'curve' }, options),
  ]);
  return { startPrice, target, step, flowDecay, curve };
}
