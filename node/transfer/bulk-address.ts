import { isIP } from 'node:net';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';

/** Where a provider's bulk server listens. */
export interface BulkAddress {
  /** IP address or host name. */
  host: string;
  port: number;
}

/** `/ip4/…/tcp/…/tls/http`, the form in which a provider announces its bulk server beside its libp2p addresses. */
export function bulkMultiaddr({ host, port }: BulkAddress): Multiaddr {
  const protocol = { 4: 'ip4', 6: 'ip6' }[isIP(host)] ?? 'dns';
  return multiaddr(`/${protocol}/${host}/tcp/${port}/tls/http`);
}

/** The bulk address in a multiaddr, or undefined for any other kind of address. `text` may come from a peer. */
export function parseBulkAddress(text: Multiaddr | string): BulkAddress | undefined {
  let address: Multiaddr;
  try {
    address = multiaddr(text);
  } catch {
    return undefined;
  }
  const [host, tcp, ...rest] = address.getComponents().filter((part) => part.name !== 'p2p');
  if (host?.value === undefined || tcp?.name !== 'tcp' || tcp.value === undefined) return undefined;
  if (!['ip4', 'ip6', 'dns', 'dns4', 'dns6'].includes(host.name)) return undefined;
  if (rest.map((part) => part.name).join('/') !== 'tls/http') return undefined;
  return { host: host.value, port: Number(tcp.value) };
}

/** `host:port`, for messages and as a key. */
export function addressText({ host, port }: BulkAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
