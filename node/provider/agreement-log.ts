import { agreementsAbi } from '../chain/abi/agreements.ts';
import { possessionProofsAbi } from '../chain/abi/possession-proofs.ts';
import { abortable } from '../chain/abortable.ts';
import type { ChainView } from '../chain/client.ts';
import { toChainError } from '../chain/errors.ts';
import type { AgreementLog } from './agreement-mirror.ts';
import { readAuditLog } from './audit-log.ts';
import { readDemandLog } from './demand-log.ts';
import { readFeeLog } from './fee-log.ts';

/** Whose log: a provider, and the escrow account of its operator. */
export interface LogOwner {
  provider: number;
  operatorAccount: number;
}

/**
 * Reads from the chain's log which agreements of a provider were formed or taken over, which left its set, which were audited or had
 * units demanded, and which report fees its operator was owed, in blocks `from` to `to`.
 */
export async function readAgreementLog(
  view: ChainView,
  { provider, operatorAccount }: LogOwner,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<AgreementLog> {
  const { contracts } = view.deployment;
  const blocks = { fromBlock: range.from, toBlock: range.to, args: { provider }, strict: true } as const;
  const formed = view.client.getContractEvents({
    ...blocks,
    address: contracts.agreements,
    abi: agreementsAbi,
    eventName: 'AgreementFormed',
  });
  const removed = view.client.getContractEvents({
    ...blocks,
    address: contracts.possessionProofs,
    abi: possessionProofsAbi,
    eventName: 'UnitsRemoved',
  });
  const takenOver = view.client.getContractEvents({
    ...blocks,
    address: contracts.agreements,
    abi: agreementsAbi,
    eventName: 'AgreementHandedOver',
    args: { successor: provider },
  });
  try {
    const [formedLogs, removedLogs, takenLogs, audits, demands, fees] = await abortable(
      Promise.all([
        formed,
        removed,
        takenOver,
        readAuditLog(view, provider, range, signal),
        readDemandLog(view, provider, range, signal),
        readFeeLog(view, operatorAccount, range, signal),
      ]),
      signal,
    );
    return {
      formed: formedLogs.map(({ args, blockNumber: block, logIndex }) => ({
        id: args.id,
        startPeriod: args.startPeriod,
        agreement: args.agreement,
        block,
        logIndex,
      })),
      removed: removedLogs.map(({ args }) => args.agreement),
      inherited: new Map(takenLogs.map(({ args }) => [args.successorId, args.provenPeriods])),
      audits,
      demands,
      fees,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `read the agreements of provider ${provider} from blocks ${range.from} to ${range.to}`);
  }
}
