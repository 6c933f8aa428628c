import { expect } from 'chai';
import { TypedDataEncoder } from 'ethers';
import fc from 'fast-check';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import type { Deployment } from '../../../node/chain/deployment.ts';
import {
  agreementBatchTypes,
  hashAgreement,
  signAgreement,
  signAgreementBatch,
  signReadTicket,
  signReserveRequest,
  storageAgreementTypes,
  verifyAgreement,
  verifyReadTicket,
  verifyReserveRequest,
} from '../../../node/chain/typed-data.ts';
import type { Hex, StorageAgreement } from '../../../node/market/messages.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const deployment = {
  chainId: 31_337,
  deployedAtBlock: 0n,
  contracts: {
    token: address('1'),
    escrow: address('2'),
    nodeRegistry: address('3'),
    orderBook: address('4'),
    randomness: address('5'),
    possessionProofs: address('6'),
    collateral: address('7'),
    reputation: address('8'),
    agreements: address('9'),
    audits: address('a'),
    priceIndex: address('b'),
    repairs: address('c'),
    catalog: address('d'),
    retrievalChannels: address('e'),
    demands: address('f'),
  },
  parameters: {},
} satisfies Deployment;

const uint = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const small = (bits: bigint): fc.Arbitrary<number> => uint(bits).map(Number);
const hex = (bytes: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value): Hex => `0x${Buffer.from(value).toString('hex')}`);

const agreements: fc.Arbitrary<StorageAgreement> = fc.record({
  client: hex(20),
  provider: small(32n),
  objectKey: hex(32),
  shardIndex: small(8n),
  shardRoot: hex(32),
  units: small(32n),
  pricePerUnitPeriod: uint(64n),
  periods: small(24n),
  collateral: uint(96n),
  askId: uint(64n),
  bidId: uint(64n),
  nonce: uint(64n),
  deadline: uint(64n),
});

describe('signed messages', () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const stranger = privateKeyToAccount(generatePrivateKey());

  it('hashes agreements as ethers does', () => {
    fc.assert(
      fc.property(agreements, (agreement) => {
        const domain = {
          name: 'Stowmarket Agreements',
          version: '1',
          chainId: 31_337,
          verifyingContract: deployment.contracts.agreements,
        };
        const types = { StorageAgreement: [...storageAgreementTypes.StorageAgreement] };
        expect(hashAgreement(deployment, agreement)).to.equal(TypedDataEncoder.hash(domain, types, agreement));
      }),
      { numRuns: 50 },
    );
  });

  it('writes the type of a batch as the contract has it', () => {
    const types = Object.fromEntries(Object.entries(agreementBatchTypes).map(([name, fields]) => [name, [...fields]]));
    expect(TypedDataEncoder.from(types).encodeType('AgreementBatch')).to.equal(
      'AgreementBatch(StorageAgreement[] agreements)StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,' +
        'bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)',
    );
  });

  it('verifies what it signs, and nothing else', async () => {
    const [agreement] = fc.sample(agreements, 1) as [StorageAgreement];
    const signature = await signAgreement(account, deployment, agreement);
    expect(await verifyAgreement(deployment, agreement, signature, account.address)).to.equal(true);
    expect(await verifyAgreement(deployment, agreement, signature, stranger.address)).to.equal(false);
    const changed = { ...agreement, units: (agreement.units + 1) % 2 ** 32 };
    expect(await verifyAgreement(deployment, changed, signature, account.address)).to.equal(false);
    const elsewhere = { ...deployment, chainId: 1 };
    expect(await verifyAgreement(elsewhere, agreement, signature, account.address)).to.equal(false);
    expect(await signAgreementBatch(account, deployment, [agreement, agreement])).to.have.length(132);
  });

  it('refuses every other encoding of a good signature', async () => {
    const [agreement] = fc.sample(agreements, 1) as [StorageAgreement];
    const signature = await signAgreement(account, deployment, agreement);
    const r = signature.slice(2, 66);
    const s = BigInt(`0x${signature.slice(66, 130)}`);
    const v = signature.slice(130);
    const word = (value: bigint): string => value.toString(16).padStart(64, '0');
    const others: Hex[] = [
      // The other s of the same r, which recovers the same address (EIP-2).
      `0x${r}${word(ORDER - s)}${v === '1b' ? '1c' : '1b'}`,
      `0x${r}${word(s)}${v === '1b' ? '00' : '01'}`,
      // EIP-2098, compact.
      `0x${r}${word(s | ((v === '1c' ? 1n : 0n) << 255n))}`,
      `${signature}00`,
      '0x',
      `0x${'00'.repeat(65)}`,
      `0x${'ff'.repeat(65)}`,
    ];
    for (const other of others) {
      expect(await verifyAgreement(deployment, agreement, other, account.address), other).to.equal(false);
    }
  });

  it('says no to values out of range instead of failing', async () => {
    const [agreement] = fc.sample(agreements, 1) as [StorageAgreement];
    const signature = await signAgreement(account, deployment, agreement);
    expect(await verifyAgreement(deployment, { ...agreement, units: 2 ** 32 }, signature, account.address)).to.equal(
      false,
    );
    expect(await verifyAgreement(deployment, { ...agreement, client: '0x12' }, signature, account.address)).to.equal(
      false,
    );
  });

  it('binds requests and tickets to their own client', async () => {
    const request = {
      client: account.address,
      provider: 1,
      objectKey: `0x${'ab'.repeat(32)}`,
      shardIndex: 3,
      units: 2,
      periods: 4,
      askId: 5n,
      bidId: 7n,
      expiry: 6n,
    } as const;
    const requestSignature = await signReserveRequest(account, deployment, request);
    expect(await verifyReserveRequest(deployment, request, requestSignature)).to.equal(true);
    expect(await verifyReserveRequest(deployment, { ...request, client: stranger.address }, requestSignature)).to.equal(
      false,
    );
    const ticket = { client: account.address, provider: 1, shardRoot: `0x${'cd'.repeat(32)}`, expiry: 9n } as const;
    const ticketSignature = await signReadTicket(account, deployment, ticket);
    expect(await verifyReadTicket(deployment, ticket, ticketSignature)).to.equal(true);
    expect(await verifyReadTicket(deployment, { ...ticket, provider: 2 }, ticketSignature)).to.equal(false);
    expect(await verifyReadTicket(deployment, ticket, requestSignature)).to.equal(false);
  });
});
