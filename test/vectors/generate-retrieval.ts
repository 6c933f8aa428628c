/**
 * Writes retrieval.json: signed messages of paid reads, from ethers and the text of docs/formats.md alone.
 * `node test/vectors/generate-retrieval.ts`
 */
import { writeFileSync } from 'node:fs';

import { TypedDataEncoder, Wallet } from 'ethers';

const client = new Wallet(`0x${'11'.repeat(32)}`);
const node = new Wallet(`0x${'22'.repeat(32)}`);
const domain = {
  name: 'Stowmarket RetrievalChannels',
  version: '1',
  chainId: 31_337,
  verifyingContract: `0x${'c0'.repeat(20)}`,
};

/** As in docs/formats.md: `Name(type member,…)`. */
function members(type: string): { name: string; type: string }[] {
  const [, list = ''] = /^\w+\((.*)\)$/.exec(type) ?? [];
  return list.split(',').map((member) => {
    const [kind = '', name = ''] = member.split(' ');
    return { name, type: kind };
  });
}

const Voucher = members('Voucher(uint64 channel,uint96 amount,uint64 readBytes,uint32 firstByteMs,uint8 kibPerSecond)');
const Closing = members('Closing(Voucher voucher,uint64 deadline)');
const RetrievalContract = members(
  'RetrievalContract(uint64 channel,bytes32 shardRoot,uint64 maxBytes,uint64 pricePerMiB,uint64 freeBytes,uint64 deadline,uint64 nonce)',
);

const vouchers = [
  { channel: '1', amount: '0', readBytes: '0', firstByteMs: 0, kibPerSecond: 0 },
  { channel: '7', amount: '123456789012345678901', readBytes: '1099511627776', firstByteMs: 85, kibPerSecond: 14 },
  {
    channel: (2n ** 64n - 1n).toString(),
    amount: (2n ** 96n - 1n).toString(),
    readBytes: (2n ** 64n - 1n).toString(),
    firstByteMs: 2 ** 32 - 1,
    kibPerSecond: 255,
  },
];
const closings = vouchers.map((voucher, index) => ({ voucher, deadline: String(1_800_000_000 + index) }));
const contracts = [
  {
    channel: '7',
    shardRoot: `0x${'ab'.repeat(32)}`,
    maxBytes: '67108864',
    pricePerMiB: '1000000000000',
    freeBytes: '65536',
    deadline: '1800000000',
    nonce: '1',
  },
  {
    channel: (2n ** 64n - 1n).toString(),
    shardRoot: `0x${'00'.repeat(32)}`,
    maxBytes: (2n ** 64n - 1n).toString(),
    pricePerMiB: '0',
    freeBytes: '0',
    deadline: '0',
    nonce: (2n ** 64n - 1n).toString(),
  },
];

type Types = Record<string, { name: string; type: string }[]>;
async function signed(types: Types, message: Record<string, unknown>, wallet: Wallet): Promise<object> {
  const digest = TypedDataEncoder.hash(domain, types, message);
  return { message, digest, signature: await wallet.signTypedData(domain, types, message) };
}

const file = {
  domain,
  client: { privateKey: client.privateKey, address: client.address },
  node: { privateKey: node.privateKey, address: node.address },
  vouchers: await Promise.all(vouchers.map(async (message) => signed({ Voucher }, message, client))),
  closings: await Promise.all(closings.map(async (message) => signed({ Voucher, Closing }, message, node))),
  contracts: await Promise.all(
    contracts.map(async (message) => ({
      ...(await signed({ RetrievalContract }, message, client)),
      countersignature: await node.signTypedData(domain, { RetrievalContract }, message),
    })),
  ),
};
writeFileSync(new URL('retrieval.json', import.meta.url), `${JSON.stringify(file, undefined, 2)}\n`);
