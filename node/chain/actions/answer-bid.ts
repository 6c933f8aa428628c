import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { AgreementId, Hex, StorageAgreement } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** One shard of a bid, and the provider that takes it. */
export interface BidAnswer {
  agreement: StorageAgreement;
  /** Of the provider's node key. */
  signature: Hex;
  /** Merkle proof that the bid wants the shard. */
  proof: readonly Hex[];
}

/** Forms agreements out of a bid, all or none. Anyone. The ids come in the order of the answers. */
export async function answerBid(
  sender: Sender,
  parameters: { bidId: bigint; answers: readonly BidAnswer[] },
  options: CallOptions = {},
): Promise<{ ids: AgreementId[]; receipt: TransactionReceipt }> {
  const { bidId, answers } = parameters;
  const call = contractCall(`answer bid ${bidId} with ${answers.length} shards`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'answerBid',
    args: [
      bidId,
      answers.map(({ agreement }) => agreement),
      answers.map(({ signature }) => signature),
      answers.map(({ proof }) => proof),
    ],
  });
  const receipt = await sender.send(call, options);
  const formed = parseEventLogs({ abi: agreementsAbi, eventName: 'AgreementFormed', logs: receipt.logs });
  assert(formed.length === answers.length, 'every formed agreement has its event');
  return { ids: formed.map((event) => event.args.id), receipt };
}
