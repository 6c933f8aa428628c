import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';
import { parseEventLogs } from 'viem';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { demandsAbi } from '../../../node/chain/abi/demands.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import { readAgreement } from '../../../node/chain/actions/read-agreement.ts';
import { readDemand } from '../../../node/chain/actions/read-demand.ts';
import { AgreementStatus } from '../../../node/chain/records.ts';
import { collateralAbi } from '../../../node/chain/abi/collateral.ts';
import { openAudit } from '../../../node/chain/actions/open-audit.ts';
import { readAuditTerms } from '../../../node/chain/actions/read-audit-terms.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { connectChain, type ChainView } from '../../../node/chain/client.ts';
import { formatAgreementId } from '../../../node/market/agreement-id.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { senderOf } from '../chain/market-fixture.ts';
import { run, type CliRun } from '../cli/support/run.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { ProviderProcess, type Ready } from './support/provider-process.ts';
import { TestClient, type Signed } from './support/test-client.ts';

const TOKEN = 10n ** 18n;
const COIN = '0x8ac7230489e80000';
/** More than a minute, for a provider that starts on a busy machine. Where it is to pass, the test adds the blocks. */
const WINDOW_BLOCKS = 200;
/** A window passes in fewer periods than end a provider for good. */
const PERIOD_BLOCKS = 100;

describe('Audits of a running provider on a real chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let provider: ProviderProcess;
  let client: TestClient;
  let ready: Ready;
  let placed: Signed;
  let id: AgreementId;

  before(async () => {
    const parameters = { ...devnet, audits: { ...devnet.audits, windowBlocks: WINDOW_BLOCKS } };
    chain = await startChain({ blockMs: 400, periodBlocks: PERIOD_BLOCKS, parameters });
    view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: chain.deploymentsDir });
    // What is lost is not conceded: the audit alone must find it.
    provider = await ProviderProcess.create(chain, chain.accounts[1]!, { 'duties.concede': 'never' });
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, COIN);
    client = await TestClient.open(chain, chain.accounts[2]!);
    await client.deposit(1_000n * TOKEN);
    ready = await provider.start();
    placed = await client.sign(ready, await client.place(ready, 40));
    id = await client.form(placed);
    await provider.until('the agreement was known', ({ agreements }) => agreements.active === 1);
  });
  after(async () => {
    await client?.close();
    await provider?.dispose();
    await chain?.stop();
  });

  /** `stowmarket --json …` as one of the chain's accounts, in a home of its own. */
  async function cli(account: number, ...args: string[]): Promise<CliRun> {
    const env = {
      STOWMARKET_HOME: join(provider.folder, `account-${account}`),
      STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
      STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
      STOWMARKET_CHAIN_POLL: '100ms',
      STOWMARKET_KEY: privateKeyOf(chain.accounts[account]!),
    };
    return run(['--json', ...args], { env });
  }

  it('shows a unit that its client demands on chain, and gets the bond', async () => {
    const { demands } = view.deployment.contracts;
    const operator = await readBalances(view, chain.accounts[1]!.address);
    const call = { address: demands, abi: demandsAbi, functionName: 'demand', args: [id, [1]] } as const;
    await senderOf(view, chain.accounts[2]!).send(contractCall('demand a unit', call));
    for (let shown = false; !shown; await sleep(200)) shown = !(await readDemand(view, 1n)).open;
    const paid = await readBalances(view, chain.accounts[1]!.address);
    expect(paid.escrow - operator.escrow >= devnet.demands.bond, 'the bond came in').to.equal(true);
    expect((await readAgreement(view, id)).status).to.equal(AgreementStatus.active);
  });

  it('answers the audit of its client, who watches it', async () => {
    const { bond, burnBps } = await readAuditTerms(view);
    const operator = await readBalances(view, chain.accounts[1]!.address);
    const unsure = await cli(2, 'challenge', formatAgreementId(id));
    expect([unsure.code, unsure.records.at(-1)?.['code']]).to.deep.equal([2, 'confirmation-missing']);

    const { code, records, stdout } = await cli(2, 'challenge', formatAgreementId(id), '--wait', '--yes');
    expect(code, stdout).to.equal(0);
    expect(records.at(-1)).to.deep.include({ type: 'challenged', bond: String(bond), failed: [], closed: [] });
    const [audit] = auditsIn(records);
    expect(audit).to.deep.include({ agreement: formatAgreementId(id), provider: 1, state: 'answered' });
    expect(
      records.some(({ type, message }) => type === 'note' && /provider 1 answered/.test(String(message))),
    ).to.equal(true);

    const status = await provider.until('it counted the answer', ({ audits }) => audits.answered === 1);
    expect(status.audits).to.deep.equal({ open: 0, answered: 1, failed: 0, voided: 0 });
    const paid = await readBalances(view, chain.accounts[1]!.address);
    expect(paid.escrow - operator.escrow >= bond - (bond * burnBps) / 10_000n, 'the bond came in').to.equal(true);
    const seen = await cli(3, 'reputation', '1');
    expect(seen.records.at(-1)).to.include({ audited: 1, auditsFailed: 0 });
  });

  it('answers what a session key asked while it was away, on starting again', async () => {
    await provider.kill();
    const authorized = await cli(2, 'wallet', 'session', 'authorize', chain.accounts[4]!.address, ...sessionTerms());
    expect(authorized.code, authorized.stdout).to.equal(0);
    const key = senderOf(view, chain.accounts[4]!, { pollMs: 100 });
    await openAudit(key, { id, owner: chain.accounts[2]!.address });
    ready = await provider.start();
    await provider.until('it answered', ({ audits }) => audits.answered === 2);
    const shown = await cli(2, 'wallet', 'session', 'show', chain.accounts[4]!.address);
    const { bond } = await readAuditTerms(view);
    expect(shown.records.at(-1)).to.include({ type: 'session', live: true, budget: String(5n * TOKEN - bond) });
  });

  it('shows declared maintenance, and takes it back', async () => {
    const { period } = await provider.status();
    const from = period + 20;
    const declared = await provider.run('maintenance', '--from', String(from), '--periods', '2', '--json');
    expect(declared.code, declared.stderr).to.equal(0);
    expect(JSON.parse(declared.stdout)).to.deep.include({ fromPeriod: from, untilPeriod: from + 2 });
    expect((await provider.status()).maintenance).to.deep.include({ fromPeriod: from, untilPeriod: from + 2 });
    const cancelled = await provider.run('maintenance', '--cancel');
    expect([cancelled.code, cancelled.stdout]).to.deep.equal([0, 'provider 1 has no maintenance ahead\n']);
    expect((await provider.status()).maintenance).to.equal(undefined);
    const again = await provider.run('maintenance', '--cancel');
    expect([again.code, again.stderr.includes('no maintenance ahead to take back')]).to.deep.equal([4, true]);
  });

  it('cannot answer for a lost shard: the agreement fails, and the client is compensated', async () => {
    const root = placed.root.slice(2);
    await rm(join(provider.dataDir, 'shards', root.slice(0, 2), `${root}.shard`));
    const before = await readBalances(view, chain.accounts[2]!.address);
    const challenged = cli(2, 'challenge', formatAgreementId(id), '--wait', '--yes');
    await provider.until('it saw the audit', ({ audits }) => audits.open === 1);
    await chain.mine(WINDOW_BLOCKS);
    const { code, records, stdout } = await challenged;
    expect(code, stdout).to.equal(7);
    const [audit] = auditsIn(records);
    expect(audit).to.deep.include({ agreement: formatAgreementId(id), state: 'failed' });

    const after = await readBalances(view, chain.accounts[2]!.address);
    const logs = await view.client.getLogs({ address: view.deployment.contracts.collateral, fromBlock: 0n });
    const slashes = parseEventLogs({ abi: collateralAbi, eventName: 'Slashed', logs }).map(({ args }) => args);
    const toClient = slashes.reduce((sum, slash) => sum + slash.toClient, 0n);
    const burned = slashes.reduce((sum, slash) => sum + slash.burned, 0n);
    expect(toClient + burned, 'all of the collateral is gone').to.equal(placed.agreement.collateral);
    expect(toClient > burned, 'most of it went to the client').to.equal(true);
    // The bond is back, and the rent of all periods to come with the compensation on top.
    expect(after.escrow > before.escrow + toClient).to.equal(true);
    const status = await provider.until('it knew', ({ audits }) => audits.failed === 1);
    expect(status.agreements).to.include({ active: 0, failed: 1 });
    const closed = await cli(2, 'challenge', formatAgreementId(id), '--yes');
    expect([closed.code, closed.records.at(-1)?.['code']]).to.deep.equal([4, 'nothing-to-audit']);
  });
});

function sessionTerms(): string[] {
  return ['--budget', '5', '--expires', '1h'];
}

/** The audits that a challenge tells of. */
function auditsIn(records: CliRun['records']): Record<string, unknown>[] {
  return (records.at(-1) ?? {})['audits'] as Record<string, unknown>[];
}
