import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import { hashTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import type { Deployment } from '../../../node/chain/deployment.ts';
import {
  channelsDomain,
  hashRetrievalContract,
  retrievalContractTypes,
  signClosing,
  signRetrievalContract,
  signVoucher,
  verifyClosing,
  verifyRetrievalContract,
  verifyVoucher,
  voucherTypes,
} from '../../../node/chain/retrieval-data.ts';
import type { Address, Hex, RetrievalContract, Voucher } from '../../../node/market/messages.ts';

type Json = Record<string, string | number>;
interface Signed<T> {
  message: T;
  digest: Hex;
  signature: Hex;
}
const vectors = JSON.parse(readFileSync(new URL('../../vectors/retrieval.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; verifyingContract: Address };
  client: { privateKey: Hex; address: Address };
  node: { privateKey: Hex; address: Address };
  vouchers: Signed<Json>[];
  closings: Signed<{ voucher: Json; deadline: string }>[];
  contracts: (Signed<Json> & { countersignature: Hex })[];
};
const client = privateKeyToAccount(vectors.client.privateKey);
const node = privateKeyToAccount(vectors.node.privateKey);
const deployment = {
  chainId: vectors.domain.chainId,
  contracts: { retrievalChannels: vectors.domain.verifyingContract },
} as unknown as Deployment;
const elsewhere = { ...deployment, chainId: 1 };
const redeployed = {
  ...deployment,
  contracts: { retrievalChannels: `0x${'c1'.repeat(20)}` },
} as unknown as Deployment;

function voucherOf(json: Json): Voucher {
  const { channel, amount, readBytes, firstByteMs, kibPerSecond } = json;
  return {
    channel: BigInt(channel!),
    amount: BigInt(amount!),
    readBytes: BigInt(readBytes!),
    firstByteMs: Number(firstByteMs),
    kibPerSecond: Number(kibPerSecond),
  };
}

function contractOf(json: Json): RetrievalContract {
  const { channel, shardRoot, maxBytes, pricePerMiB, freeBytes, deadline, nonce } = json;
  return {
    channel: BigInt(channel!),
    shardRoot: shardRoot as Hex,
    maxBytes: BigInt(maxBytes!),
    pricePerMiB: BigInt(pricePerMiB!),
    freeBytes: BigInt(freeBytes!),
    deadline: BigInt(deadline!),
    nonce: BigInt(nonce!),
  };
}

describe('signed messages of paid reads', () => {
  it('are hashed and signed as the vectors have them', async () => {
    expect(vectors.vouchers).to.have.length.above(2);
    for (const { message, digest, signature } of vectors.vouchers) {
      const voucher = voucherOf(message);
      const domain = channelsDomain(deployment);
      expect(hashTypedData({ domain, types: voucherTypes, primaryType: 'Voucher', message: voucher })).to.equal(digest);
      expect(await signVoucher(client, deployment, voucher)).to.equal(signature);
      expect(verifyVoucher(deployment, voucher, signature, client.address)).to.equal(true);
    }
    for (const { message, signature } of vectors.closings) {
      const closing = { voucher: voucherOf(message.voucher), deadline: BigInt(message.deadline) };
      expect(await signClosing(node, deployment, closing)).to.equal(signature);
      expect(verifyClosing(deployment, closing, signature, node.address)).to.equal(true);
      expect(verifyClosing(deployment, closing, signature, client.address)).to.equal(false);
    }
    for (const { message, digest, signature, countersignature } of vectors.contracts) {
      const contract = contractOf(message);
      expect(hashRetrievalContract(deployment, contract)).to.equal(digest);
      expect(await signRetrievalContract(client, deployment, contract)).to.equal(signature);
      expect(await signRetrievalContract(node, deployment, contract)).to.equal(countersignature);
      expect(verifyRetrievalContract(deployment, contract, countersignature, node.address)).to.equal(true);
    }
  });

  it('hold on no other chain and for no other contract', () => {
    const [{ message, signature }] = vectors.vouchers as unknown as [Signed<Json>];
    const [agreed] = vectors.contracts as unknown as [Signed<Json>];
    for (const other of [elsewhere, redeployed]) {
      expect(verifyVoucher(other, voucherOf(message), signature, client.address)).to.equal(false);
      expect(verifyRetrievalContract(other, contractOf(agreed.message), agreed.signature, client.address)).to.equal(
        false,
      );
    }
  });

  it('hold with no member changed, and never for one another', () => {
    const [, { message, signature }] = vectors.vouchers as [Signed<Json>, Signed<Json>];
    const voucher = voucherOf(message);
    for (const { name } of voucherTypes.Voucher) {
      const value = voucher[name];
      const changed = { ...voucher, [name]: typeof value === 'bigint' ? value + 1n : value + 1 };
      expect(verifyVoucher(deployment, changed, signature, client.address), name).to.equal(false);
    }
    const [agreed] = vectors.contracts as unknown as [Signed<Json>];
    const contract = contractOf(agreed.message);
    for (const { name } of retrievalContractTypes.RetrievalContract) {
      const value = contract[name];
      const changed = { ...contract, [name]: typeof value === 'bigint' ? value + 1n : `0x${'cd'.repeat(32)}` };
      expect(verifyRetrievalContract(deployment, changed, agreed.signature, client.address), name).to.equal(false);
    }
    expect(verifyVoucher(deployment, voucher, agreed.signature, client.address)).to.equal(false);
  });

  it('do not hold with values that no member has room for, rather than failing', () => {
    const [{ message, signature }] = vectors.vouchers as unknown as [Signed<Json>];
    const wide = { ...voucherOf(message), amount: 2n ** 96n };
    expect(verifyVoucher(deployment, wide, signature, client.address)).to.equal(false);
    expect(verifyVoucher(deployment, voucherOf(message), '0x00', client.address)).to.equal(false);
  });
});
