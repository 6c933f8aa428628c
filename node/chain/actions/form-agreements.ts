import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { AgreementId, Hex, StorageAgreement } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface FormAgreementsParameters {
  /** Of one client; the shards of an object in ascending order. */
  agreements: readonly StorageAgreement[];
  /** Of the providers' node keys, in the same order. */
  providerSignatures: readonly Hex[];
  /** The client's over the batch; not needed when the sender is the client. */
  clientSignature?: Hex;
}

/** What `formAgreements` sends. */
export function formAgreementsCall(view: ChainView, parameters: FormAgreementsParameters): ContractCall {
  const { agreements, providerSignatures, clientSignature = '0x' } = parameters;
  assert(agreements.length === providerSignatures.length, 'one signature for each agreement');
  return contractCall(`form ${agreements.length} agreements`, {
    address: view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'form',
    args: [agreements, providerSignatures, clientSignature],
  });
}

/** Forms a client's agreements, all or none. The ids come in the order of the agreements. */
export async function formAgreements(
  sender: Sender,
  parameters: FormAgreementsParameters,
  options: CallOptions = {},
): Promise<{ ids: AgreementId[]; receipt: TransactionReceipt }> {
  const receipt = await sender.send(formAgreementsCall(sender.view, parameters), options);
  const formed = parseEventLogs({ abi: agreementsAbi, eventName: 'AgreementFormed', logs: receipt.logs });
  assert(formed.length === parameters.agreements.length, 'every formed agreement has its event');
  return { ids: formed.map((event) => event.args.id), receipt };
}
