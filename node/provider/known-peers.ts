import { nodeRegistryAbi } from '../chain/abi/node-registry.ts';
import { abortable } from '../chain/abortable.ts';
import { readProviderAddresses } from '../chain/actions/read-provider.ts';
import type { ChainView } from '../chain/client.ts';
import { toChainError } from '../chain/errors.ts';
import { concat, fromHex } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { BootstrapPeer } from '../network/bootstrapper.ts';
import { peerIdOfPublicKey } from '../network/identity.ts';
import { parseBulkAddress } from '../transfer/bulk-address.ts';

/** Enough to join through although most of them are gone; each costs a dial. */
const MAX_KNOWN_PEERS = 16;
/** An uncompressed public key starts with this byte (SEC 1, 2.3.3); the registry leaves it out. */
const UNCOMPRESSED = Uint8Array.of(4);

/** The newest providers of the registry with their addresses of last resort: a network without any operator's list of peers. */
export async function readKnownPeers(view: ChainView, signal?: AbortSignal): Promise<BootstrapPeer[]> {
  const { nodeRegistry } = view.deployment.contracts;
  const registered = view.client.getContractEvents({
    address: nodeRegistry,
    abi: nodeRegistryAbi,
    eventName: 'ProviderRegistered',
    fromBlock: view.deployment.deployedAtBlock,
    strict: true,
  });
  try {
    const newest = (await abortable(registered, signal)).slice(-MAX_KNOWN_PEERS);
    const peers = newest.map(async ({ args }) => ({
      peerId: peerIdOfPublicKey(concat(UNCOMPRESSED, fromHex(args.nodePublicKey, 64))).toString(),
      // Its bulk server speaks HTTP, not libp2p.
      addrs: (await readProviderAddresses(view, args.provider, { signal })).filter(
        (text) => parseBulkAddress(text) === undefined,
      ),
    }));
    return (await Promise.all(peers)).filter(({ addrs }) => addrs.length > 0);
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, 'read the registered providers');
  }
}

/** Peers of the configuration: multiaddrs that end in /p2p/PEER-ID. @throws StowError `config-bootstrap` */
export function parseBootstrap(addresses: readonly string[]): BootstrapPeer[] {
  return addresses.map((text) => {
    const match = /^(\/.+)\/p2p\/([A-Za-z0-9]+)$/.exec(text);
    if (match?.[1] !== undefined && match[2] !== undefined) return { peerId: match[2], addrs: [match[1]] };
    throw new StowError({
      code: 'config-bootstrap',
      message: `the bootstrap address ${JSON.stringify(text.slice(0, 200))} does not name a peer`,
      hint: 'write it as /ip4/ADDRESS/tcp/PORT/p2p/PEER-ID',
      exitCode: ExitCode.usage,
    });
  });
}
