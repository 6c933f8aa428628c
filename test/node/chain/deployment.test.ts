import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { loadDeployment } from '../../../node/chain/deployment.ts';
import { rejection } from '../support/rejection.ts';

const names = [
  'token',
  'escrow',
  'nodeRegistry',
  'orderBook',
  'randomness',
  'possessionProofs',
  'collateral',
  'reputation',
  'agreements',
  'audits',
  'priceIndex',
  'repairs',
  'catalog',
  'retrievalChannels',
  'demands',
];
const good = {
  chainId: 5,
  deployedAtBlock: 12,
  contracts: Object.fromEntries(names.map((name, index) => [name, `0x${index.toString(16).repeat(40)}`])),
  parameters: { proofs: { periodBlocks: 15 } },
};

describe('address files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-deployment-'));
  });
  after(async () => rm(folder, { recursive: true, force: true }));

  const write = async (value: unknown): Promise<void> =>
    writeFile(join(folder, '5.json'), typeof value === 'string' ? value : JSON.stringify(value));

  it('reads what deploying writes', async () => {
    await write(good);
    const deployment = await loadDeployment(folder, 5);
    expect(deployment).to.deep.include({ chainId: 5, deployedAtBlock: 12n, parameters: good.parameters });
    expect(Object.keys(deployment.contracts)).to.have.members(names);
  });

  it('names the chain that has no market', async () => {
    const error = await rejection(loadDeployment(folder, 6));
    expect(error.code).to.equal('deployment-unknown');
    expect(error.message).to.contain('chain 6').and.to.contain('6.json');
  });

  it('refuses files that are damaged or in the wrong place', async () => {
    const bad: unknown[] = [
      '',
      '{',
      'null',
      { ...good, chainId: 6 },
      { ...good, deployedAtBlock: -1 },
      { ...good, contracts: { ...good.contracts, escrow: '0x12' } },
      { ...good, contracts: { ...good.contracts, agreements: undefined } },
    ];
    for (const value of bad) {
      await write(value);
      expect((await rejection(loadDeployment(folder, 5))).code, JSON.stringify(value)).to.equal('deployment-malformed');
    }
  });
});
