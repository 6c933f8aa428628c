import { createHash } from 'node:crypto';

import { expect } from 'chai';
import type { TransactionReceipt } from 'ethers';
import hre from 'hardhat';

const PROVIDER = 1;
const UNITS_1_GIB = 16_384;
const DEPTH_1_GIB = 24;
const PERIOD_BLOCKS = 2_000;
/** Forming costs about 50k gas: a batch stays below the 2^24 gas that one transaction may use. */
const BATCH = 250;
const RENT = 10n ** 12n;

/**
 * Gas of whole transactions, calldata floor included, which only a node's receipt shows. Collateral and Reputation are
 * stand-ins that store one word and emit one event each.
 */
describe('Gas of possession proofs', function () {
  this.timeout(300_000);

  const rows: Record<string, string | number>[] = [];
  after(() => {
    if (process.env['SHOW_GAS'] === '1') console.table(rows);
  });

  it('5 draws, one agreement: at the calldata floor, even with a new seed and a new bitmap word', async () => {
    const market = await deploy(5);
    await market.add(1);
    for (const name of ['first proof ever', 'next period', 'next period, seed known']) {
      const { receipt, floor } = await market.prove(name === 'next period, seed known');
      rows.push({ name: `prove, 5 draws, 1 agreement, ${name}`, gas: Number(receipt.gasUsed), floor });
      expect(receipt.gasUsed).to.be.at.most(200_000n);
      expect(Number(receipt.gasUsed)).to.be.at.most(1.05 * floor);
    }
  });

  it('5 draws: grows with the logarithm of the agreements', async () => {
    for (const [agreements, limit] of [[10, 215_000], [100, 215_000], [1_000, 235_000], [10_000, 235_000]] as const) {
      const market = await deploy(5);
      await market.add(agreements);
      for (const name of ['first proof ever', 'next period', 'next period, seed known']) {
        const { receipt, floor } = await market.prove(name === 'next period, seed known');
        rows.push({ name: `prove, 5 draws, ${agreements} agreements, ${name}`, gas: Number(receipt.gasUsed), floor });
        if (name !== 'first proof ever') expect(Number(receipt.gasUsed)).to.be.at.most(limit);
      }
    }
  });

  it('16 draws, 10,000 agreements: within 1.08 of the calldata floor', async () => {
    const market = await deploy(16);
    await market.add(10_000);
    for (const name of ['first proof ever', 'next period', 'next period, seed known']) {
      const { receipt, floor } = await market.prove(name === 'next period, seed known');
      rows.push({ name: `prove, 16 draws, 10000 agreements, ${name}`, gas: Number(receipt.gasUsed), floor });
      expect(Number(receipt.gasUsed)).to.be.at.most(1.08 * floor);
    }
  });

  it('a missed period costs the same to notice whatever the agreements', async () => {
    for (const agreements of [1, 1_000]) {
      const market = await deploy(5);
      await market.add(agreements);
      await market.nextPeriod();
      await market.nextPeriod();
      const receipt = await market.recordMisses();
      rows.push({ name: `recordMisses, ${agreements} agreements`, gas: Number(receipt.gasUsed), floor: 0 });
      expect(receipt.gasUsed).to.be.at.most(90_000n + 60_000n);
    }
  });
});

async function deploy(drawCount: number) {
  const { ethers, networkHelpers, provider } = await hre.network.create();
  await provider.request({ method: 'evm_setBlockGasLimit', params: ['0x3938700'] });
  const randomness = await ethers.deployContract('BlockRandomness');
  const collateral = await ethers.deployContract('FakeCollateral');
  const reputation = await ethers.deployContract('FakeReputation');
  const agreements = await ethers.deployContract('FakeAgreements');
  const genesisBlock = await ethers.provider.getBlockNumber();
  const proofs = await ethers.deployContract('PossessionProofs', [
    { genesisBlock, periodBlocks: PERIOD_BLOCKS, drawCount },
    await randomness.getAddress(),
    await collateral.getAddress(),
    await reputation.getAddress(),
    await agreements.getAddress(),
  ]);
  const shard = constantShard(DEPTH_1_GIB);

  async function send(contract: typeof proofs, method: string, ...args: unknown[]): Promise<TransactionReceipt> {
    const tx = await contract.getFunction(method)(...args);
    return (await tx.wait()) as TransactionReceipt;
  }
  async function currentPeriod(): Promise<number> {
    return Number(await proofs.getFunction('currentPeriod')());
  }
  async function nextPeriod(): Promise<void> {
    const opening = await proofs.getFunction('openingBlock')((await currentPeriod()) + 1);
    await networkHelpers.mineUpTo(opening);
  }
  return {
    nextPeriod,
    async add(number: number) {
      for (let left = number; left > 0; left -= BATCH) {
        await send(agreements, 'addMany', await proofs.getAddress(), PROVIDER, shard.root, UNITS_1_GIB, RENT, Math.min(left, BATCH));
      }
    },
    async prove(seedKnown: boolean) {
      await nextPeriod();
      await networkHelpers.mine(1);
      const period = await currentPeriod();
      if (seedKnown) await send(randomness, 'seedOf', await proofs.getFunction('openingBlock')(period));
      const proof = Buffer.concat(Array.from({ length: drawCount }, () => shard.path));
      const receipt = await send(proofs, 'prove', PROVIDER, period, proof);
      expect(await proofs.getFunction('isProven')(PROVIDER, period)).to.equal(true);
      return { receipt, floor: calldataFloor(proofs.interface.encodeFunctionData('prove', [PROVIDER, period, proof])) };
    },
    recordMisses: () => send(proofs, 'recordMisses', PROVIDER),
  };
}

/** A shard whose leaves are all alike: one path serves for each of them. */
function constantShard(depth: number): { root: Buffer; path: Buffer } {
  const path = [createHash('sha512').update('leaf').digest()];
  let node = sha256(path[0] as Buffer);
  for (let level = 0; level < depth; level++) {
    path.push(node);
    node = sha256(Buffer.concat([node, node]));
  }
  return { root: node, path: Buffer.concat(path) };
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** EIP-7623: the least that a transaction with this calldata costs. */
function calldataFloor(data: string): number {
  const bytes = Buffer.from(data.slice(2), 'hex');
  return 21_000 + bytes.reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 0);
}
