import { expect } from 'chai';
import { AbiCoder, TypedDataEncoder, Wallet, keccak256 as ethersKeccak, type TypedDataField } from 'ethers';
import { network } from 'hardhat';
import { hashTypedData, type TypedDataDomain } from 'viem';

/** The types exactly as a wallet is given them; their order is part of the digest. */
const STORAGE_AGREEMENT = [
  { name: 'client', type: 'address' },
  { name: 'provider', type: 'uint32' },
  { name: 'objectKey', type: 'bytes32' },
  { name: 'shardIndex', type: 'uint8' },
  { name: 'shardRoot', type: 'bytes32' },
  { name: 'units', type: 'uint32' },
  { name: 'pricePerUnitPeriod', type: 'uint64' },
  { name: 'periods', type: 'uint24' },
  { name: 'collateral', type: 'uint96' },
  { name: 'askId', type: 'uint64' },
  { name: 'bidId', type: 'uint64' },
  { name: 'nonce', type: 'uint64' },
  { name: 'deadline', type: 'uint64' },
];
const AGREEMENT_BATCH = [{ name: 'agreements', type: 'StorageAgreement[]' }];
const NODE_BINDING = [
  { name: 'operator', type: 'address' },
  { name: 'region', type: 'uint16' },
  { name: 'deadline', type: 'uint256' },
];

const ASK = [
  { name: 'provider', type: 'uint32' },
  { name: 'pricePerUnitPeriod', type: 'uint64' },
  { name: 'unitsLeft', type: 'uint32' },
  { name: 'minUnits', type: 'uint32' },
  { name: 'maxUnits', type: 'uint32' },
  { name: 'expiry', type: 'uint40' },
  { name: 'collateralPeriods', type: 'uint24' },
  { name: 'minPeriods', type: 'uint24' },
  { name: 'maxPeriods', type: 'uint24' },
  { name: 'region', type: 'uint16' },
  { name: 'minClientDeposit', type: 'uint96' },
  { name: 'retrievalPricePerMiB', type: 'uint64' },
  { name: 'premiumBps', type: 'uint16' },
  { name: 'ceiling', type: 'uint64' },
];
const SIGNED_ASK = [
  { name: 'ask', type: 'Ask' },
  { name: 'nonce', type: 'uint64' },
  { name: 'series', type: 'uint32' },
];

type Message = Record<string, unknown>;
type Types = Record<string, TypedDataField[]>;
type TypedDataDomainOfEthers = Parameters<typeof TypedDataEncoder.hash>[0];

/** A bigint of `bits` random bits; every fourth is the largest, every fifth zero. */
function randomUint(bits: number, i: number): bigint {
  if (i % 4 === 3) return (1n << BigInt(bits)) - 1n;
  if (i % 5 === 4) return 0n;
  const bytes = crypto.getRandomValues(new Uint8Array(bits / 8));
  return BigInt('0x' + Buffer.from(bytes).toString('hex'));
}

const hex = (bits: number, i: number): string =>
  '0x' +
  randomUint(bits, i)
    .toString(16)
    .padStart(bits / 4, '0');

const randomAgreement = (i: number): Message => randomMessage(STORAGE_AGREEMENT, i);

function randomMessage(members: readonly TypedDataField[], i: number): Message {
  const message: Message = {};
  for (const [j, { name, type }] of members.entries()) {
    if (type === 'address') message[name] = hex(160, i + j);
    else if (type === 'bytes32') message[name] = hex(256, i + j);
    else message[name] = randomUint(Number(type.slice('uint'.length)), i + j);
  }
  return message;
}

/** The digest by ethers and by viem, which must agree. */
function digestOf(domain: TypedDataDomain, types: Types, primaryType: string, message: Message): string {
  const byEthers = TypedDataEncoder.hash(domain as TypedDataDomainOfEthers, types, message);
  const byViem = hashTypedData<Record<string, unknown>, string>({ domain, types, primaryType, message });
  expect(byViem).to.equal(byEthers);
  return byEthers;
}

describe('typed data', () => {
  let connection: Awaited<ReturnType<typeof network.create>>;
  let chainId: bigint;

  before(async () => {
    connection = await network.create();
    chainId = (await connection.ethers.provider.getNetwork()).chainId;
  });

  after(async () => {
    await connection.close();
  });

  async function deployHarness() {
    const harness = await connection.ethers.deployContract('TypedDataHarness', ['Stowmarket Agreements', '1']);
    const domain = {
      name: 'Stowmarket Agreements',
      version: '1',
      chainId: Number(chainId),
      verifyingContract: (await harness.getAddress()) as `0x${string}`,
    };
    return { harness, domain };
  }

  it('hashes a StorageAgreement as ethers and viem do', async () => {
    const { harness, domain } = await deployHarness();
    for (let i = 0; i < 25; i++) {
      const agreement = randomAgreement(i);
      const digest = digestOf(domain, { StorageAgreement: STORAGE_AGREEMENT }, 'StorageAgreement', agreement);
      expect(await harness.getFunction('digestOfAgreement')(agreement)).to.equal(digest);
    }
  });

  it('hashes an AgreementBatch as ethers and viem do, the empty one included', async () => {
    const { harness, domain } = await deployHarness();
    const types = { AgreementBatch: AGREEMENT_BATCH, StorageAgreement: STORAGE_AGREEMENT };
    for (const length of [0, 1, 2, 6, 30]) {
      const agreements = Array.from({ length }, (_, i) => randomAgreement(i + length));
      const digest = digestOf(domain, types, 'AgreementBatch', { agreements });
      expect(await harness.getFunction('digestOfBatch')(agreements)).to.equal(digest);
    }
  });

  it('gives another digest when any one field differs', async () => {
    const { harness, domain } = await deployHarness();
    const agreement = randomAgreement(0);
    const digests = new Set([await harness.getFunction('digestOfAgreement')(agreement)]);
    for (const { name } of STORAGE_AGREEMENT) {
      const old = BigInt(agreement[name] as string | bigint);
      const other = old ^ 1n;
      const changed =
        typeof agreement[name] === 'string'
          ? '0x' + other.toString(16).padStart(agreement[name].length - 2, '0')
          : other;
      digests.add(await harness.getFunction('digestOfAgreement')({ ...agreement, [name]: changed }));
    }
    expect(digests.size).to.equal(STORAGE_AGREEMENT.length + 1);
    expect(domain.chainId).to.equal(31337);
  });

  it('hashes a SignedAsk as ethers and viem do, in the domain that the book states, and numbers it by its struct hash', async () => {
    const { ethers } = connection;
    const none = ethers.ZeroAddress;
    const book = await ethers.deployContract('OrderBook', [none, none, none, none, none, none]);
    const [, name, version, statedChain, verifyingContract] = await book.getFunction('eip712Domain')();
    expect([name, version, statedChain]).to.deep.equal(['Stowmarket OrderBook', '1', chainId]);
    expect(verifyingContract).to.equal(await book.getAddress());

    const domain = { name, version, chainId: Number(chainId), verifyingContract };
    const types = { SignedAsk: SIGNED_ASK, Ask: ASK };
    for (let i = 0; i < 25; i++) {
      const message = {
        ask: randomMessage(ASK, i),
        nonce: randomUint(64, i + 1),
        series: randomUint(32, i + 2),
      };
      const [digest, askId] = await book.getFunction('signedAsk')(message);
      expect(digest).to.equal(digestOf(domain, types, 'SignedAsk', message));
      const structHash = BigInt(TypedDataEncoder.from(types).hash(message));
      expect(askId).to.equal(BigInt.asUintN(63, structHash) | (1n << 63n));
    }
  });

  it('registers a node with a NodeBinding signed by ethers, in the domain that the contract states', async () => {
    const { ethers } = connection;
    const [operator] = await ethers.getSigners();
    const bonds = await ethers.deployContract('BondlessCollateral');
    const registry = await ethers.deployContract('NodeRegistry', [
      await bonds.getAddress(),
      ethers.ZeroAddress,
      ethers.ZeroAddress,
    ]);
    const [, name, version, statedChain, verifyingContract] = await registry.getFunction('eip712Domain')();
    expect([name, version, statedChain]).to.deep.equal(['Stowmarket NodeRegistry', '1', chainId]);
    expect(verifyingContract).to.equal(await registry.getAddress());

    const domain = { name, version, chainId: Number(chainId), verifyingContract };
    const node = Wallet.createRandom();
    const deadline = 2n ** 255n;
    const message = { operator: operator!.address, region: 756, deadline };
    const types = { NodeBinding: NODE_BINDING };
    const signature = await node.signTypedData(domain, types, message);
    expect(node.signingKey.sign(digestOf(domain, types, 'NodeBinding', message)).serialized).to.equal(signature);

    const publicKey = '0x' + node.signingKey.publicKey.slice('0x04'.length);
    await (await registry.getFunction('register')(publicKey, 756, '', deadline, signature)).wait();
    expect(await registry.getFunction('providerOfNode')(node.address)).to.equal(1n);
    const [logged] = await registry.queryFilter('ProviderRegistered');
    const [emittedKey] = AbiCoder.defaultAbiCoder().decode(['bytes', 'uint16', 'string'], logged!.data);
    expect('0x' + ethersKeccak(emittedKey).slice(-40)).to.equal(node.address.toLowerCase());
  });
});
