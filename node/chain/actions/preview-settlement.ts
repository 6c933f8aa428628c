import type { Address, AgreementId } from '../../market/messages.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { auditsAbi } from '../abi/audits.ts';
import { demandsAbi } from '../abi/demands.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';

export interface PreviewSettlementParameters {
  client: Address;
  /** Audits that are closed first. */
  audits: readonly bigint[];
  /** Demands that are closed after them. */
  demands: readonly bigint[];
  /** Agreements that are ended then. */
  ended: readonly AgreementId[];
  /** Agreements that are settled last. */
  settled: readonly AgreementId[];
}

/**
 * What an escrow account would have free once all that was done, token wei: anybody may do it, so the chain can run it in a row, in one call that
 * changes nothing. Undefined where it does not: more than its node lets one call use.
 */
export async function previewSettlement(
  { client: chain, deployment }: ChainView,
  { client, audits, demands, ended, settled }: PreviewSettlementParameters,
  options: CallOptions = {},
): Promise<bigint | undefined> {
  const { contracts } = deployment;
  const agreements = { address: contracts.agreements, abi: agreementsAbi } as const;
  const calls = [
    ...audits.map((audit) => ({ address: contracts.audits, abi: auditsAbi, functionName: 'close', args: [audit] })),
    ...demands.map((demand) => ({
      address: contracts.demands,
      abi: demandsAbi,
      functionName: 'close',
      args: [demand],
    })),
    ...ended.map((id) => ({ ...agreements, functionName: 'end', args: [id] })),
    ...(settled.length === 0 ? [] : [{ ...agreements, functionName: 'settle', args: [settled] }]),
    { address: contracts.escrow, abi: escrowAbi, functionName: 'availableOf', args: [client] },
  ];
  try {
    const results = await abortable(
      chain.multicall({ contracts: calls, allowFailure: false, deployless: true, batchSize: 0, blockTag: 'pending' }),
      options.signal,
    );
    const available = results.at(-1);
    return typeof available === 'bigint' ? available : undefined;
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
}
