import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import type { Maintenance } from '../records.ts';

/** A provider's last declared stretch of maintenance; undefined when it declared none, or took it back. */
export async function readMaintenance(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<Maintenance | undefined> {
  const stretch = await readContract(
    view,
    `read the maintenance of provider ${provider}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'maintenanceOf',
      args: [provider],
    },
    options,
  );
  return stretch.untilPeriod > stretch.fromPeriod ? stretch : undefined;
}
