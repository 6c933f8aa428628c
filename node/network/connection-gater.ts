import type { ConnectionGater } from '@libp2p/interface';

import { multiaddrWithin, type Reach } from './address-policy.ts';

/**
 * Refuses to dial, and to remember for others, addresses out of reach. Host names pass here and are judged by the guarded
 * lookup when they resolve, because their address may change in between.
 */
export function connectionGater(reach: Reach): ConnectionGater {
  return {
    denyDialMultiaddr: (address) => !multiaddrWithin(reach, address),
    filterMultiaddrForPeer: (_peer, address) => multiaddrWithin(reach, address),
  };
}
