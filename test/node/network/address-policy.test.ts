import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';

import { guardedLookup, hostWithin, ipWithin, multiaddrWithin } from '../../../node/network/address-policy.ts';

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00::1',
];
const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '::1',
  'fd00::1',
];
/** Neither: metadata services, link-local, multicast, and every way to write an IPv4 address inside an IPv6 one. */
const NEITHER = [
  '0.0.0.0',
  '100.64.0.1',
  '169.254.169.254',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '::7f00:1',
  '::ffff:169.254.169.254',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::1',
  '2001::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  '100::1',
  '4000::1',
];
const NOT_IP = ['', 'localhost', '127.1', '0x7f.1', '2130706433', '127.0.0.1 ', '::1%lo'];

describe('address policy', () => {
  it('sorts addresses into public, private and neither', () => {
    for (const ip of PUBLIC)
      expect([ip, ipWithin('public', ip), ipWithin('private', ip)]).to.deep.equal([ip, true, false]);
    for (const ip of PRIVATE)
      expect([ip, ipWithin('public', ip), ipWithin('private', ip)]).to.deep.equal([ip, false, true]);
    for (const ip of [...NEITHER, ...NOT_IP]) {
      expect([ip, ipWithin('public', ip), ipWithin('private', ip)]).to.deep.equal([ip, false, false]);
    }
  });

  it('never takes an IPv4-mapped address for public, whatever it holds', () => {
    for (const ip of [...PUBLIC, ...PRIVATE, ...NEITHER].filter((text) => !text.includes(':'))) {
      expect(ipWithin('public', `::ffff:${ip}`), ip).to.equal(false);
    }
  });

  it('leaves names to the lookup, and refuses numbers that a resolver would read as an address', () => {
    expect(hostWithin('public', 'storage.example.org')).to.equal(true);
    for (const host of ['2130706433', '127.1', 'a b', 'http://x', 'a/../b', ''])
      expect(hostWithin('public', host), host).to.equal(false);
  });

  it('takes only TCP, or the address of a bulk server, straight after a host within reach', () => {
    const id = '/p2p/16Uiu2HAmF526JCk3VewUFjvTu6rmJy1oa5eoYeCXzEfNuNx4n19y';
    const good = [
      '/ip4/8.8.8.8/tcp/1',
      `/ip4/8.8.8.8/tcp/1${id}`,
      '/dns4/example.org/tcp/1',
      `/ip6/2a00::1/tcp/1/tls/http${id}`,
    ];
    const bad = [
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/8.8.8.8/udp/1/quic-v1',
      '/ip4/8.8.8.8/tcp/1/ws',
      '/unix/%2Frun%2Fdocker.sock',
      '/dnsaddr/example.org',
      `/ip4/8.8.8.8/tcp/1${id}/p2p-circuit`,
      '/ip6zone/lo/ip6/fe80::1/tcp/1',
      '/ip4/8.8.8.8/tcp/1/ip4/127.0.0.1/tcp/2',
      id,
    ];
    for (const text of good) expect(multiaddrWithin('public', multiaddr(text)), text).to.equal(true);
    for (const text of bad) expect(multiaddrWithin('public', multiaddr(text)), text).to.equal(false);
    expect(multiaddrWithin('private', multiaddr('/ip4/127.0.0.1/tcp/1'))).to.equal(true);
  });

  it('drops what a name resolves to when that is out of reach', async () => {
    expect(await resolve('public', true)).to.equal('EADDRNOTAVAIL');
    expect(await resolve('private', false)).to.be.oneOf(['127.0.0.1', '::1']);
    expect(await resolve('private', true)).to.be.an('array');
  });
});

function resolve(reach: 'public' | 'private', all: boolean): Promise<unknown> {
  return new Promise((done) => {
    guardedLookup(reach)('localhost', { all }, (error, found) => done(error?.code ?? found));
  });
}
