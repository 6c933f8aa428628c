import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';

import { bulkMultiaddr, type BulkAddress } from '../transfer/bulk-address.ts';

/** Listening on all interfaces, in either family. */
const ANY = ['0.0.0.0', '::'];

export interface BulkAnnounceInit {
  /** Where the bulk server listens. */
  bound: BulkAddress;
  /** What the operator says that others can reach. */
  announceHost?: string | undefined;
  /** All peers are on loopback or private networks. */
  devnet: boolean;
}

/** Multiaddrs under which others reach the bulk server; empty when none can be known without being told. */
export function bulkAnnouncements({ bound, announceHost, devnet }: BulkAnnounceInit): string[] {
  if (announceHost !== undefined) return [bulkMultiaddr({ host: announceHost, port: bound.port }).toString()];
  const hosts = ANY.includes(bound.host) ? interfaceAddresses(devnet) : [bound.host];
  return hosts.map((host) => bulkMultiaddr({ host, port: bound.port }).toString());
}

/** This machine's IPv4 addresses; on a devnet its loopback, where all peers are. */
function interfaceAddresses(devnet: boolean): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const chosen = addresses.filter(({ internal, address }) => internal === devnet && isIP(address) === 4);
  return chosen.map(({ address }) => address);
}
