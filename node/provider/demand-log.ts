import { abortable } from '../chain/abortable.ts';
import { demandsAbi } from '../chain/abi/demands.ts';
import type { ChainView } from '../chain/client.ts';
import { toChainError } from '../chain/errors.ts';
import type { AgreementId } from '../market/messages.ts';

/** A unit that somebody demanded of a provider. */
export interface DemandedUnit {
  readonly demand: bigint;
  readonly agreement: AgreementId;
  readonly unit: number;
  /** Last block in which an answer counts. */
  readonly deadline: number;
}

/** Reads from the chain's log which units were demanded of a provider in blocks `from` to `to`. */
export async function readDemandLog(
  view: ChainView,
  provider: number,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<DemandedUnit[]> {
  const reading = view.client.getContractEvents({
    address: view.deployment.contracts.demands,
    abi: demandsAbi,
    eventName: 'UnitDemanded',
    args: { provider },
    fromBlock: range.from,
    toBlock: range.to,
    strict: true,
  });
  try {
    return (await abortable(reading, signal)).map(({ args: { demand, agreement, unit, deadline } }) => ({
      demand,
      agreement,
      unit,
      deadline,
    }));
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `read what was demanded of provider ${provider} in blocks ${range.from} to ${range.to}`);
  }
}
