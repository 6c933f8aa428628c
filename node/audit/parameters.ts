import { parseAbi } from 'viem';

import { agreementsAbi } from '../chain/abi/agreements.ts';
import { auditsAbi } from '../chain/abi/audits.ts';
import { possessionProofsAbi } from '../chain/abi/possession-proofs.ts';
import type { CallOptions } from '../chain/abortable.ts';
import type { ChainView } from '../chain/client.ts';
import { readContract } from '../chain/contract-call.ts';

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
  auditBond: bigint;
  auditBurnBps: bigint;
  auditWindowBlocks: bigint;
}

/** Constants that the interfaces do not name, as nobody else reckons with them. Sources: `Collateral.sol`, `Reputation.sol`. */
const collateralConstants = parseAbi([
  'function reportFee() view returns (uint256)',
  'function compensationBps() view returns (uint256)',
  'function healPeriods() view returns (uint256)',
  'function ladderBps() view returns (uint16[4])',
]);
const reputationConstants = parseAbi([
  'function newcomer() view returns (uint256)',
  'function halfLifePeriods() view returns (uint256)',
  'function badWeight() view returns (uint256)',
]);

/** They are part of the contracts' code, not of their storage. @throws StowError `chain-*` */
export async function readAuditParameters(view: ChainView, options: CallOptions = {}): Promise<AuditParameters> {
  const { contracts } = view.deployment;
  const doing = "read the market's parameters";
  const proofs = { address: contracts.possessionProofs, abi: possessionProofsAbi } as const;
  const agreements = { address: contracts.agreements, abi: agreementsAbi } as const;
  const collateral = { address: contracts.collateral, abi: collateralConstants } as const;
  const reputation = { address: contracts.reputation, abi: reputationConstants } as const;
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
  const [newcomer, halfLifePeriods, badWeight] = await Promise.all([
    readContract(view, doing, { ...reputation, functionName: 'newcomer' }, options),
    readContract(view, doing, { ...reputation, functionName: 'halfLifePeriods' }, options),
    readContract(view, doing, { ...reputation, functionName: 'badWeight' }, options),
  ]);
  const [auditBond, auditBurnBps, auditWindowBlocks] = await Promise.all([
    readContract(view, doing, { ...audits, functionName: 'bond' }, options),
    readContract(view, doing, { ...audits, functionName: 'burnBps' }, options),
    readContract(view, doing, { ...audits, functionName: 'windowBlocks' }, options),
  ]);
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
    auditBond,
    auditBurnBps,
    auditWindowBlocks,
  };
}
