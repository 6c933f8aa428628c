import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { checkDeployment } from '../../../deploy/check-deployment.ts';
import { requireKnownParameters } from '../../../deploy/check-parameters.ts';
import type { DEPLOY_ORDER } from '../../../deploy/modules/market.ts';
import { devnet } from '../../../deploy/parameters/devnet.ts';
import { publicNetwork } from '../../../deploy/parameters/public.ts';
import { openProvider } from '../../../deploy/rpc-provider.ts';
import { readMarketParameters } from '../../../node/chain/actions/read-market-parameters.ts';
import { connectChain } from '../../../node/chain/client.ts';
import { loadDeployment } from '../../../node/chain/deployment.ts';
import { messageOf } from '../../../node/core/errors.ts';
import type { Address } from '../../../node/market/messages.ts';
import { artifacts, type TestChain, privateKeyOf, startChain } from '../support/chain.ts';
import { rejection } from '../support/rejection.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/deploy.ts', import.meta.url));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function deployScript(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, ...args], {
    env: { ...process.env, ...env },
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await closed, stdout, stderr };
}

describe('deploying', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let out: string;

  before(async () => {
    chain = await startChain();
    out = await mkdtemp(join(tmpdir(), 'stow-deploy-'));
  });
  after(async () => {
    await chain?.stop();
    await rm(out, { recursive: true, force: true });
  });

  it('deploys with a key from the environment that it never shows', async () => {
    const key = privateKeyOf(chain.accounts[5]!);
    const { code, stdout, stderr } = await deployScript(
      ['--rpc', chain.rpcUrl, '--out', out, '--parameters', 'public'],
      {
        STOWMARKET_DEPLOYER_KEY: key,
      },
    );
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout + stderr).not.to.contain(key.slice(2, 30));
    const view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: out });
    expect(stdout).to.contain(view.deployment.contracts.agreements);
    expect(await readMarketParameters(view)).to.deep.equal({
      channels: { ...publicNetwork.channels, burnBps: BigInt(publicNetwork.channels.burnBps) },
      periodBlocks: publicNetwork.proofs.periodBlocks,
      drawCount: publicNetwork.proofs.drawCount,
      burnBps: BigInt(publicNetwork.agreements.burnBps),
      holdbackBps: BigInt(publicNetwork.agreements.holdbackBps),
      noticePeriods: publicNetwork.agreements.noticePeriods,
      minValue: publicNetwork.agreements.minValue,
      bond: publicNetwork.collateral.bond,
      reputation: {
        newcomer: publicNetwork.reputation.newcomer,
        halfLifePeriods: BigInt(publicNetwork.reputation.halfLifePeriods),
        badWeight: BigInt(publicNetwork.reputation.badWeight),
        fullClients: publicNetwork.reputation.fullClients,
      },
    });
    expect(await readdir(out)).to.deep.equal([`${view.deployment.chainId}.json`]);
  });

  it('says what is missing, and exits with 1', async () => {
    const cases: [string[], Record<string, string>, string][] = [
      [['--network', 'localhost', '--rpc', chain.rpcUrl], {}, '--network localhost or --rpc URL'],
      [['--rpc', chain.rpcUrl, '--out', out], { STOWMARKET_DEPLOYER_KEY: '' }, 'STOWMARKET_DEPLOYER_KEY'],
      [['--rpc', chain.rpcUrl, '--out', out], { STOWMARKET_DEPLOYER_KEY: 'abc' }, 'not a private key'],
      [
        ['--rpc', 'http://127.0.0.1:1/v2/secret'],
        { STOWMARKET_DEPLOYER_KEY: '1'.repeat(64) },
        'chain at http://127.0.0.1:1 does not',
      ],
      [['--nonsense'], {}, 'nonsense'],
    ];
    for (const [args, env, expected] of cases) {
      const { code, stdout, stderr } = await deployScript(args, env);
      expect(code, args.join(' ')).to.equal(1);
      expect(stderr).to.contain(expected);
      expect(stderr).not.to.contain('secret');
      expect(stdout).to.equal('');
    }
  });

  it('knows a contract that is not where it was foretold, runs other code, or knows another one', async () => {
    const { contracts } = chain.deployment;
    const expected: Record<(typeof DEPLOY_ORDER)[number], Address> = {
      Escrow: contracts.escrow,
      NodeRegistry: contracts.nodeRegistry,
      OrderBook: contracts.orderBook,
      BlockRandomness: contracts.randomness,
      PossessionProofs: contracts.possessionProofs,
      Collateral: contracts.collateral,
      Reputation: contracts.reputation,
      Agreements: contracts.agreements,
      Audits: contracts.audits,
      PriceIndex: contracts.priceIndex,
      Repairs: contracts.repairs,
      Catalog: contracts.catalog,
      RetrievalChannels: contracts.retrievalChannels,
      Demands: contracts.demands,
    };
    const provider = openProvider(chain.rpcUrl);
    const check = async (changed: Partial<typeof expected>, actual = { ...expected, ...changed }): Promise<string> =>
      checkDeployment({ provider, artifacts, expected: { ...expected, ...changed }, actual }).then(
        () => 'good',
        messageOf,
      );
    expect(await check({})).to.equal('good');
    expect(await check({}, { ...expected, OrderBook: contracts.token })).to.contain('OrderBook was to be at');
    expect(await check({ Escrow: contracts.token })).to.contain('is not that of Escrow');
    const elsewhere = await loadDeployment(out, chain.deployment.chainId);
    // The same code of another deployment: only its immutables tell.
    expect(await check({ Reputation: elsewhere.contracts.reputation })).to.contain('does not know');
  });

  it('refuses parameters that the constructors do not have, or lack', async () => {
    const whole = { ...devnet, proofs: { genesisBlock: 0, ...devnet.proofs } };
    await requireKnownParameters(artifacts, whole);
    const proofs = { genesisBlock: 0, ...devnet.proofs, colour: 1 };
    const extra = { ...devnet, proofs };
    expect(await failure(requireKnownParameters(artifacts, extra)))
      .to.contain('PossessionProofs')
      .and.to.contain('colour');
    expect(await failure(requireKnownParameters(artifacts, devnet))).to.contain('genesisBlock');
    async function failure(work: Promise<void>): Promise<string> {
      return work.then(() => 'none', messageOf);
    }
  });

  it('has sane parameters for both kinds of network', () => {
    for (const { proofs, collateral, agreements } of [devnet, publicNetwork]) {
      expect(collateral.ladderBps.at(-1)).to.equal(10_000);
      expect(collateral.compensationBps <= 10_000 && agreements.burnBps <= 10_000).to.equal(true);
      expect(proofs.periodBlocks > 1).to.equal(true);
    }
    // 1% lost is found within 30 daily periods with 99%.
    expect(1 - 0.99 ** (30 * publicNetwork.proofs.drawCount)).to.be.greaterThan(0.99);
  });

  it('connects only to the market that is there', async () => {
    const { rpcUrl, deploymentsDir } = chain;
    const wrong = await rejection(connectChain({ rpcUrl, deployments: deploymentsDir, chainId: 1 }));
    expect(wrong.code).to.equal('chain-wrong');
    expect(wrong.message).to.contain('31337').and.to.contain('chain 1');
    const empty = await mkdtemp(join(tmpdir(), 'stow-none-'));
    expect((await rejection(connectChain({ rpcUrl, deployments: empty }))).code).to.equal('deployment-unknown');
    const file = {
      ...chain.deployment,
      deployedAtBlock: 0,
      contracts: { ...chain.deployment.contracts, agreements: `0x${'12'.repeat(20)}` },
    };
    await writeFile(join(empty, '31337.json'), JSON.stringify(file));
    expect((await rejection(connectChain({ rpcUrl, deployments: empty }))).code).to.equal('deployment-absent');
    await rm(empty, { recursive: true });
    const nobody = await rejection(connectChain({ rpcUrl: 'http://127.0.0.1:1', deployments: deploymentsDir }));
    expect(nobody.code).to.equal('chain-unreachable');
  });
});
