import { parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface DemandUnitsParameters {
  id: AgreementId;
  /** From 0, each once. */
  units: readonly number[];
}

/** Units that were demanded in one transaction. */
export interface DemandedUnits {
  demands: { demand: bigint; unit: number }[];
  /** Last block in which an answer counts. */
  deadline: number;
}

/** What `demandUnits` sends. */
export function demandUnitsCall(view: ChainView, { id, units }: DemandUnitsParameters): ContractCall {
  return contractCall(`demand units ${units.join(', ')} of agreement ${formatAgreementId(id)}`, {
    address: view.deployment.contracts.demands,
    abi: demandsAbi,
    functionName: 'demand',
    args: [id, units],
  });
}

/** Demands units of an agreement of the sender's, each behind a bond: the provider shows them and gets the bonds, or the agreement fails. */
export async function demandUnits(
  sender: Sender,
  parameters: DemandUnitsParameters,
  options: CallOptions = {},
): Promise<DemandedUnits> {
  const { logs } = await sender.send(demandUnitsCall(sender.view, parameters), options);
  const events = parseEventLogs({ abi: demandsAbi, eventName: 'UnitDemanded', logs }).map(({ args }) => args);
  const [first] = events;
  assert(first !== undefined && events.length === parameters.units.length, 'every demand has its event');
  return { demands: events.map(({ demand, unit }) => ({ demand, unit })), deadline: first.deadline };
}
