import { agreementsAbi } from '../../chain/abi/agreements.ts';
import { collateralAbi } from '../../chain/abi/collateral.ts';
import { escrowAbi } from '../../chain/abi/escrow.ts';
import { repairsAbi } from '../../chain/abi/repairs.ts';
import { abortable } from '../../chain/abortable.ts';
import type { ChainView } from '../../chain/client.ts';
import { toChainError } from '../../chain/errors.ts';
import { AgreementStatus } from '../../chain/records.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';

/** What the chain's log says about shards that were lost, anybody's, in a range of blocks. */
export interface RepairNews {
  /** Agreements that failed, and those for whose shards a bid was posted. */
  lost: readonly AgreementId[];
  /** Providers that failed for good: their agreements run on until somebody ends them. */
  failedProviders: readonly number[];
  /** Clients that let anybody post bids for their lost shards from now on. */
  authorized: readonly Address[];
}

/** Reads it in blocks `from` to `to`, both included. */
export async function readRepairLog(
  view: ChainView,
  { from: fromBlock, to: toBlock }: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<RepairNews> {
  const { contracts } = view.deployment;
  const blocks = { fromBlock, toBlock, strict: true } as const;
  const ended = view.client.getContractEvents({
    ...blocks,
    address: contracts.agreements,
    abi: agreementsAbi,
    eventName: 'AgreementEnded',
  });
  const posted = view.client.getContractEvents({
    ...blocks,
    address: contracts.repairs,
    abi: repairsAbi,
    eventName: 'RepairPosted',
  });
  const failing = view.client.getContractEvents({
    ...blocks,
    address: contracts.collateral,
    abi: collateralAbi,
    eventName: 'ProviderFailed',
  });
  const sessions = view.client.getContractEvents({
    ...blocks,
    address: contracts.escrow,
    abi: escrowAbi,
    eventName: 'SessionAuthorized',
    args: { key: contracts.repairs },
  });
  try {
    const [endedLogs, postedLogs, failedLogs, sessionLogs] = await abortable(
      Promise.all([ended, posted, failing, sessions]),
      signal,
    );
    const failed = endedLogs.filter(({ args }) => args.status === AgreementStatus.failed);
    return {
      lost: [...failed.map(({ args }) => args.id), ...postedLogs.map(({ args }) => args.lost)],
      failedProviders: failedLogs.map(({ args }) => args.provider),
      authorized: sessionLogs.map(({ args }) => args.owner),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `read which shards were lost in blocks ${fromBlock} to ${toBlock}`);
  }
}

/** The object of an agreement, which only the event of its forming tells: looked for in blocks `from` to `to`; undefined when it is not there. */
export async function readFormedObject(
  view: ChainView,
  id: AgreementId,
  { from: fromBlock, to: toBlock }: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<Hex | undefined> {
  const formed = view.client.getContractEvents({
    address: view.deployment.contracts.agreements,
    abi: agreementsAbi,
    eventName: 'AgreementFormed',
    args: { id },
    fromBlock,
    toBlock,
    strict: true,
  });
  try {
    return (await abortable(formed, signal))[0]?.args.agreement.objectKey;
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `look for the object of an agreement in blocks ${fromBlock} to ${toBlock}`);
  }
}
