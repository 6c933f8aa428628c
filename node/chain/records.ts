import type { ContractFunctionReturnType } from 'viem';

import type { agreementsAbi } from './abi/agreements.ts';
import type { auditsAbi } from './abi/audits.ts';
import type { collateralAbi } from './abi/collateral.ts';
import type { nodeRegistryAbi } from './abi/node-registry.ts';
import type { possessionProofsAbi } from './abi/possession-proofs.ts';
import type { reputationAbi } from './abi/reputation.ts';
import type { retrievalChannelsAbi } from './abi/retrieval-channels.ts';

/** Structs of the contracts as they are read, derived from the ABI so that the two cannot drift apart. Meanings and units: `contracts/interfaces`. */
export type Draw = ContractFunctionReturnType<typeof possessionProofsAbi, 'view', 'draws'>[number];
export type Duty = ContractFunctionReturnType<typeof possessionProofsAbi, 'view', 'duties'>;
export type Maintenance = ContractFunctionReturnType<typeof possessionProofsAbi, 'view', 'maintenanceOf'>;
export type AuditState = ContractFunctionReturnType<typeof auditsAbi, 'view', 'audits'>;
export type AgreementState = ContractFunctionReturnType<typeof agreementsAbi, 'view', 'agreements'>;
export type Stake = ContractFunctionReturnType<typeof collateralAbi, 'view', 'stakes'>;
export type Unbonding = ContractFunctionReturnType<typeof collateralAbi, 'view', 'unbondings'>;
export type ReputationRecord = ContractFunctionReturnType<typeof reputationAbi, 'view', 'records'>;
export type RegisteredProvider = ContractFunctionReturnType<typeof nodeRegistryAbi, 'view', 'providers'>;
export type ChannelState = ContractFunctionReturnType<typeof retrievalChannelsAbi, 'view', 'channels'>;

/** `IAgreements.Status`, by its number on chain. */
export const AgreementStatus = { none: 0, active: 1, kept: 2, failed: 3, handedOver: 4 } as const;
export type AgreementStatus = (typeof AgreementStatus)[keyof typeof AgreementStatus];
