import { createHash } from 'node:crypto';

import { expect } from 'chai';
import type { TransactionReceipt } from 'ethers';
import hre from 'hardhat';

import { joinPaths } from '../../../node/proofs/shared-paths.ts';

const PROVIDER = 1;
const OTHER_PROVIDER = 2;
const UNITS_1_GIB = 16_384;
const DEPTH_1_GIB = 24;
const PERIOD_BLOCKS = 2_000;
/** Forming costs about 50k gas: a batch stays below the 2^24 gas that one transaction may use. */
const BATCH = 250;
const RENT = 10n ** 12n;
/** Writing a slot that was zero instead of one that was not. */
const NEW_SLOT_GAS = 17_100;

/** What a proof finds: a new word of the provider's bitmap comes once in 224 periods, a fixed seed with all proofs but a period's first. */
const CASES = ['first ever', 'first of a period', 'not the first of its period'] as const;

/**
 * Gas of whole transactions, calldata floor included, which only a node's receipt shows. Reputation is the market's own;
 * Collateral is a stand-in that stores two words.
 */
describe('Gas of possession proofs', function () {
  this.timeout(300_000);

  const rows: { name: string; gas: number; floor: number; ratio: string }[] = [];
  after(() => {
    if (process.env['SHOW_GAS'] !== '1') return;
    for (const { name, gas, floor, ratio } of rows)
      process.stdout.write(`${name}: ${gas} gas, calldata floor ${floor}, ratio ${ratio}\n`);
  });

  async function measure(drawCount: number, agreements: number): Promise<{ first: Row; next: Row; known: Row }> {
    const market = await deploy(drawCount);
    await market.add(agreements);
    const found: Row[] = [];
    for (const name of CASES) {
      const { receipt, floor } = await market.prove(name === 'not the first of its period');
      const gas = Number(receipt.gasUsed);
      rows.push({
        name: `prove, ${drawCount} draws, ${agreements} agreements, ${name}`,
        gas,
        floor,
        ratio: (gas / floor).toFixed(3),
      });
      found.push({ gas, floor });
    }
    const [first, next, known] = found as [Row, Row, Row];
    return { first, next, known };
  }

  it('5 draws, one agreement: within 1.05 of the floor of its own calldata', async () => {
    // Nodes that its paths share are sent once: that lowers the floor itself, by some 13,000 gas.
    const { first, next, known } = await measure(5, 1);
    expect(next.gas / next.floor).to.be.at.most(1.05);
    expect(known.gas / known.floor).to.be.at.most(1.05);
    expect(next.gas).to.be.at.most(190_000);
    // A new bitmap word on top, once in 224 periods, without the Reputation record that only the first proof ever creates.
    expect(first.gas - NEW_SLOT_GAS).to.be.at.most(200_000);
  });

  it('5 draws: grows with the logarithm of the agreements', async () => {
    for (const [agreements, limit] of [
      [100, 215_000],
      [1_000, 235_000],
      [10_000, 235_000],
    ] as const) {
      const { next, known } = await measure(5, agreements);
      expect(next.gas).to.be.at.most(limit, `${agreements} agreements`);
      expect(known.gas).to.be.at.most(limit - 5_000, `${agreements} agreements`);
    }
  });

  it('16 draws, 10,000 agreements: within 1.08 of the calldata floor', async () => {
    const { next } = await measure(16, 10_000);
    expect(next.gas / next.floor).to.be.at.most(1.08);
  });

  it('a missed period costs the same to notice whatever the agreements', async () => {
    const gas: number[] = [];
    for (const agreements of [1, 1_000]) {
      const market = await deploy(5);
      await market.add(agreements);
      await market.nextPeriod();
      await market.nextPeriod();
      const used = Number((await market.recordMisses()).gasUsed);
      rows.push({
        name: `recordMisses, ${agreements} agreements, Collateral a stand-in`,
        gas: used,
        floor: 0,
        ratio: '',
      });
      gas.push(used);
    }
    expect(gas[0]).to.equal(gas[1]);
  });
});

interface Row {
  gas: number;
  floor: number;
}

async function deploy(drawCount: number) {
  const { ethers, networkHelpers, provider } = await hre.network.create();
  await provider.request({ method: 'evm_setBlockGasLimit', params: ['0x3938700'] });
  const randomness = await ethers.deployContract('BlockRandomness');
  const collateral = await ethers.deployContract('FakeCollateral');
  const agreements = await ethers.deployContract('FakeAgreements');
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error('the local chain has accounts');
  const proofsAddress = ethers.getCreateAddress({ from: deployer.address, nonce: (await deployer.getNonce()) + 1 });
  const reputation = await ethers.deployContract('Reputation', [
    { newcomer: 10n ** 18n, halfLifePeriods: 90, badWeight: 10 },
    proofsAddress,
    await agreements.getAddress(),
    ethers.ZeroAddress,
  ]);
  const genesisBlock = await ethers.provider.getBlockNumber();
  const proofs = await ethers.deployContract('PossessionProofs', [
    { genesisBlock, periodBlocks: PERIOD_BLOCKS, drawCount, maintenancePeriods: 0, maintenanceCycle: 1 },
    await randomness.getAddress(),
    ethers.ZeroAddress,
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
  async function proofOf(of: number): Promise<Uint8Array> {
    const draws = (await proofs.getFunction('draws')(of)) as { agreement: bigint; leaf: bigint }[];
    return joinPaths(draws.map(({ agreement, leaf }) => ({ agreement, leaf, path: shard.path })));
  }
  return {
    nextPeriod,
    async add(number: number) {
      await send(agreements, 'addMany', await proofs.getAddress(), OTHER_PROVIDER, shard.root, UNITS_1_GIB, RENT, 1);
      for (let left = number; left > 0; left -= BATCH) {
        await send(
          agreements,
          'addMany',
          await proofs.getAddress(),
          PROVIDER,
          shard.root,
          UNITS_1_GIB,
          RENT,
          Math.min(left, BATCH),
        );
      }
    },
    async prove(afterAnother: boolean) {
      await nextPeriod();
      await networkHelpers.mine(1);
      const period = await currentPeriod();
      if (afterAnother) await send(proofs, 'prove', OTHER_PROVIDER, period, await proofOf(OTHER_PROVIDER));
      const proof = await proofOf(PROVIDER);
      const receipt = await send(proofs, 'prove', PROVIDER, period, proof);
      expect(await proofs.getFunction('isProven')(PROVIDER, period)).to.equal(true);
      return { receipt, floor: calldataFloor(proofs.interface.encodeFunctionData('prove', [PROVIDER, period, proof])) };
    },
    recordMisses: () => send(proofs, 'recordMisses', PROVIDER, 0),
  };
}

/** A shard whose leaves are all alike: one path serves for each of them. */
function constantShard(depth: number): { root: Uint8Array; path: Uint8Array } {
  const leaf: Uint8Array = createHash('sha512').update('leaf').digest();
  const path = [leaf];
  let node = sha256(leaf);
  for (let level = 0; level < depth; level++) {
    path.push(node);
    node = sha256(Buffer.concat([node, node]));
  }
  return { root: node, path: Buffer.concat(path) };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** EIP-7623: the least that a transaction with this calldata costs. */
function calldataFloor(data: string): number {
  const bytes = Buffer.from(data.slice(2), 'hex');
  return 21_000 + bytes.reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 0);
}
