import { getAbiItem } from 'viem';
import { isAddressEqual } from 'viem/utils';

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

const EVENTS = [
  getAbiItem({ abi: agreementsAbi, name: 'AgreementEnded' }),
  getAbiItem({ abi: repairsAbi, name: 'RepairPosted' }),
  getAbiItem({ abi: collateralAbi, name: 'ProviderFailed' }),
  getAbiItem({ abi: escrowAbi, name: 'SessionAuthorized' }),
] as const;

/** Reads it in blocks `from` to `to`, both included, with one question. */
export async function readRepairLog(
  view: ChainView,
  { from: fromBlock, to: toBlock }: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<RepairNews> {
  const { agreements, repairs, collateral, escrow } = view.deployment.contracts;
  const address = [agreements, repairs, collateral, escrow];
  const news = {
    lost: new Array<AgreementId>(),
    failedProviders: new Array<number>(),
    authorized: new Array<Address>(),
  };
  try {
    const logs = await abortable(
      view.client.getLogs({ address, events: EVENTS, fromBlock, toBlock, strict: true }),
      signal,
    );
    for (const { eventName, args } of logs) {
      if (eventName === 'AgreementEnded' && args.status === AgreementStatus.failed) news.lost.push(args.id);
      if (eventName === 'RepairPosted') news.lost.push(args.lost);
      if (eventName === 'ProviderFailed') news.failedProviders.push(args.provider);
      if (eventName === 'SessionAuthorized' && isAddressEqual(args.key, repairs)) news.authorized.push(args.owner);
    }
    return news;
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
