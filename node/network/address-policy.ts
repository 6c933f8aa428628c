import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';

/**
 * Which half of the address space a node may dial. Peers choose the addresses that others dial, so without this rule they
 * could point a node at the services of its own machine or network (server-side request forgery, port scans).
 * `public`: only globally routable addresses. `private`: only loopback and private networks, for a devnet.
 */
export type Reach = 'public' | 'private';

/** The half of the address space that a node of this kind of network may dial. */
export function reachOf(network: { devnet: boolean }): Reach {
  return network.devnet ? 'private' : 'public';
}

/** IPv4 that is not globally routable: IANA IPv4 Special-Purpose Address Registry, multicast and class E included. */
const SPECIAL_IPV4 = subnets('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

/**
 * The only IPv6 block that IANA has given out for global unicast. Everything outside is refused, which covers loopback,
 * link-local, unique-local, multicast, IPv4-mapped (::ffff:0:0/96) and the translation prefix 64:ff9b::/96.
 */
const GLOBAL_IPV6 = subnets('ipv6', [['2000::', 3]]);

/** Inside 2000::/3, yet no global host: protocol assignments with Teredo, documentation, and 6to4, which embeds any IPv4. */
const SPECIAL_IPV6 = subnets('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

/** Loopback, RFC 1918 and RFC 4193. Link-local stays out: cloud metadata services live there. */
const PRIVATE_IPV4 = subnets('ipv4', [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
]);
const PRIVATE_IPV6 = subnets('ipv6', [
  ['::1', 128],
  ['fc00::', 7],
]);

/** Whether an IP address is within reach. False for one with a zone (`fe80::1%eth0`) and for anything that is no IP address. */
export function ipWithin(reach: Reach, ip: string): boolean {
  if (ip.includes('%')) return false;
  switch (isIP(ip)) {
    case 4:
      return reach === 'private' ? PRIVATE_IPV4.check(ip, 'ipv4') : !SPECIAL_IPV4.check(ip, 'ipv4');
    case 6:
      if (reach === 'private') return PRIVATE_IPV6.check(ip, 'ipv6');
      return GLOBAL_IPV6.check(ip, 'ipv6') && !SPECIAL_IPV6.check(ip, 'ipv6');
    default:
      return false;
  }
}

/** Whether a host as it stands in an address may be dialled: an IP within reach, or a name (judged when it resolves). */
export function hostWithin(reach: Reach, host: string): boolean {
  return isIP(host) === 0 ? isHostName(host) : ipWithin(reach, host);
}

const HOST_PROTOCOLS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);
/** What may follow `/ip4/…/tcp/…`: nothing (libp2p), or TLS with HTTP (bulk transport). */
const SUFFIXES = new Set(['', 'tls/http']);

/**
 * Whether a multiaddr may be dialled or remembered: host within reach, then TCP, then nothing that this node cannot speak.
 * Unix sockets, circuits, zones and nested addresses are refused.
 */
export function multiaddrWithin(reach: Reach, address: Multiaddr): boolean {
  const parts = address.getComponents().filter((part, index, all) => part.name !== 'p2p' || index !== all.length - 1);
  const [host, transport, ...rest] = parts;
  if (host?.value === undefined || transport?.name !== 'tcp' || !HOST_PROTOCOLS.has(host.name)) return false;
  return SUFFIXES.has(rest.map((part) => part.name).join('/')) && hostWithin(reach, host.value);
}

/**
 * A `lookup` for sockets that drops addresses out of reach, so that a name which resolves to a private address (DNS
 * rebinding) never gets a packet. Sockets skip it for literal IP addresses: check those with `hostWithin`.
 */
export function guardedLookup(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => ipWithin(reach, address));
      const [first] = allowed;
      if (first === undefined) {
        const refusal: NodeJS.ErrnoException = new Error(`${hostname} has no ${reach} address; refusing to dial it`);
        refusal.code = 'EADDRNOTAVAIL';
        return callback(refusal, '', 0);
      }
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}

/** Both checks of a reach in the form that sockets outside libp2p take. */
export function dialPolicy(reach: Reach): {
  reach: Reach;
  allowsHost: (host: string) => boolean;
  lookup: LookupFunction;
} {
  return { reach, allowsHost: (host) => hostWithin(reach, host), lookup: guardedLookup(reach) };
}

function isHostName(host: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(host) && !/^[0-9.]+$/.test(host);
}

function subnets(family: 'ipv4' | 'ipv6', ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
