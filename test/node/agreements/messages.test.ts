import { expect } from 'chai';
import { decode, encode } from 'cborg';
import { zeroAddress } from 'viem';
import { z } from 'zod';

import {
  reserveMessageSchema,
  signMessageSchema,
  storageAgreementSchema,
  termsResponseSchema,
  type ReserveMessage,
} from '../../../node/agreements/messages.ts';
import { decodeReadTicket, encodeReadTicket } from '../../../node/agreements/read-ticket.ts';
import type { StorageAgreement } from '../../../node/market/messages.ts';

const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;
const agreement: StorageAgreement = {
  client: CLIENT,
  provider: 7,
  objectKey: `0x${'0a'.repeat(32)}`,
  shardIndex: 254,
  shardRoot: `0x${'ff'.repeat(32)}`,
  units: 4_294_967_295,
  pricePerUnitPeriod: 2n ** 64n - 1n,
  periods: 30,
  collateral: 2n ** 96n - 1n,
  askId: 3n,
  bidId: 0n,
  nonce: 2n ** 63n,
  deadline: 1_800_000_000n,
};
const reserve: ReserveMessage = {
  request: {
    client: CLIENT,
    provider: 7,
    objectKey: agreement.objectKey,
    shardIndex: 0,
    units: 17,
    periods: 30,
    askId: 3n,
    bidId: 0n,
    expiry: 1_800_000_000n,
  },
  signature: `0x${'01'.repeat(65)}`,
};
const SIGN = { reservationId: 'ab'.repeat(16), agreement };

function overWire(schema: z.ZodType, value: unknown): unknown {
  return decode(encode(z.encode(schema, value)));
}

describe('control messages', () => {
  it('come back from the wire as they were', () => {
    expect(signMessageSchema.parse(overWire(signMessageSchema, SIGN))).to.deep.equal(SIGN);
    expect(reserveMessageSchema.parse(overWire(reserveMessageSchema, reserve))).to.deep.equal(reserve);
  });

  it('carry wide integers as decimal strings and bytes as byte strings', () => {
    const wire = z.encode(storageAgreementSchema, agreement);
    expect(wire.collateral).to.equal('79228162514264337593543950335');
    expect(wire.shardRoot).to.be.instanceOf(Uint8Array);
    expect(wire.units).to.equal(4_294_967_295);
  });

  const wire = z.encode(storageAgreementSchema, agreement);
  const wrong: [string, Record<string, unknown>][] = [
    ['an unknown key', { ...wire, extra: 1 }],
    ['a missing key', { ...wire, nonce: undefined }],
    ['a short root', { ...wire, shardRoot: new Uint8Array(31) }],
    ['a root as text', { ...wire, shardRoot: agreement.shardRoot }],
    ['2^32 units', { ...wire, units: 2 ** 32 }],
    ['2^96 wei of collateral', { ...wire, collateral: (2n ** 96n).toString() }],
    ['a number in hex', { ...wire, nonce: '0x10' }],
    ['a negative number', { ...wire, nonce: '-1' }],
    ['a number with leading zeros', { ...wire, nonce: '01' }],
    ['half a unit', { ...wire, units: 0.5 }],
    ['shard 256', { ...wire, shardIndex: 256 }],
    ['a short address', { ...wire, client: '0x1234' }],
  ];
  for (const [what, value] of wrong) {
    it(`are refused with ${what}`, () => {
      expect(storageAgreementSchema.safeParse(value).success).to.equal(false);
    });
  }

  it('bound the number and length of addresses', () => {
    const terms = { provider: 1, chainId: 1, agreements: zeroAddress, freeUnits: 0, asks: [] };
    expect(termsResponseSchema.safeParse({ ...terms, bulk: ['/ip4/127.0.0.1/tcp/1'] }).success).to.equal(true);
    expect(termsResponseSchema.safeParse({ ...terms, bulk: Array<string>(9).fill('/a') }).success).to.equal(false);
    expect(termsResponseSchema.safeParse({ ...terms, bulk: ['x'.repeat(321)] }).success).to.equal(false);
  });
});

describe('read ticket', () => {
  const { client, provider, shardRoot } = agreement;
  const ticket = { client, provider, shardRoot, expiry: 5n, signature: reserve.signature };

  it('comes back from its header', () => {
    expect(decodeReadTicket(encodeReadTicket(ticket))).to.deep.equal(ticket);
  });

  for (const header of [
    undefined,
    '',
    'Stowmarket',
    'Stowmarket !!!!',
    'Bearer abc',
    `Stowmarket ${'A'.repeat(2000)}`,
  ]) {
    it(`is refused when the header is ${JSON.stringify(header)?.slice(0, 30)}`, () => {
      expect(() => decodeReadTicket(header))
        .to.throw()
        .with.property('code', 'read-ticket-malformed');
    });
  }
});
