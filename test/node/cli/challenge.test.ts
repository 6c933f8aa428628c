import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { authorizeSession } from '../../../node/chain/actions/authorize-session.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { readAgreement } from '../../../node/chain/actions/read-agreement.ts';
import { readAuditTerms } from '../../../node/chain/actions/read-audit-terms.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { AgreementStatus } from '../../../node/chain/records.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { formatAgreementId } from '../../../node/market/agreement-id.ts';
import type { AgreementId, StorageAgreement } from '../../../node/market/messages.ts';
import { interrupted } from '../../../node/cli/interrupt.ts';
import { EvidenceLog } from '../../../node/client/evidence/evidence-log.ts';
import { fromHex } from '../../../node/core/bytes.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, senderOf } from '../chain/market-fixture.ts';
import { type TestChain, privateKeyOf, startChain } from '../support/chain.ts';
import { run, type CliRun } from './support/run.ts';

const [CLIENT, KEY] = [1, 4] as const;
/** Long: a provider that proves nothing must not fail for that before its audits do. */
const PERIOD_BLOCKS = 500;

/** Providers that answer are tested with their process; here nobody answers. */
describe('challenging from the command line', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let windowBlocks: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-challenge-'));
    chain = await startChain({ periodBlocks: PERIOD_BLOCKS });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[CLIENT]!);
    await deposit(client, { amount: 100n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!);
    windowBlocks = Number((await readAuditTerms(view)).windowBlocks);
  });
  after(async () => {
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function cli(account: number, ...args: string[]): Promise<CliRun> {
    return start(account, args);
  }

  async function start(account: number, args: readonly string[], signal?: AbortSignal): Promise<CliRun> {
    const env = {
      STOWMARKET_HOME: join(folder, String(account)),
      STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
      STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
      STOWMARKET_CHAIN_POLL: '20ms',
      STOWMARKET_KEY: privateKeyOf(chain.accounts[account]!),
    };
    return run(['--json', ...args], { env, ...(signal === undefined ? {} : { signal }) });
  }

  async function agree(): Promise<{ id: AgreementId; name: string; objectKey: string; agreed: StorageAgreement }> {
    const agreement = await draft(client, provider, { periods: 40 });
    const id = await form(client, provider, agreement);
    return { id, name: formatAgreementId(id), objectKey: agreement.objectKey.slice(2), agreed: agreement };
  }

  it('opens audits of an object, and on the next run closes what was not answered', async () => {
    const { name, objectKey } = await agree();
    const opened = await cli(CLIENT, 'challenge', objectKey, '--yes');
    expect(opened.code, opened.stdout).to.equal(0);
    expect(opened.records.at(-1)?.['audits']).to.have.lengthOf(1);
    expect(auditsIn(opened.records)[0]).to.include({
      agreement: name,
      state: 'open',
      audit: '1',
    });
    await chain.mine(windowBlocks);
    const closed = await cli(CLIENT, 'challenge', objectKey, '--yes');
    expect(closed.code, closed.stdout).to.equal(0);
    expect(closed.records.at(-1)).to.deep.include({
      audits: [],
      closed: [{ audit: '1', agreement: name, outcome: 'failed' }],
    });
    const over = await cli(CLIENT, 'challenge', objectKey, '--yes');
    expect([over.code, over.records.at(-1)?.['code']]).to.deep.equal([4, 'nothing-to-audit']);
  });

  it('shows the wrong answers of providers that were kept, checked against the agreement', async () => {
    const { id, name, objectKey, agreed: row } = await agree();
    const home = join(folder, String(CLIENT));
    const market = `${view.deployment.chainId}-${view.deployment.contracts.agreements.toLowerCase()}`;
    const log = new EvidenceLog(join(home, 'data', 'evidence', market), { clock: systemClock, logger: silentLogger });
    const holder = {
      shardIndex: row.shardIndex,
      agreement: id,
      provider: { id: row.provider, peerId: 'p', addresses: [] },
    };
    const bytes = randomBytes(32 * row.units);
    log.keep({ what: 'unit-roots', holder: { ...holder, root: fromHex(row.shardRoot, 32), units: row.units }, bytes });
    log.keep({ what: 'unit-roots', holder: { ...holder, root: randomBytes(32), units: row.units }, bytes });

    for (const args of [[objectKey, '--evidence'], ['--evidence']]) {
      const { code, records, stdout } = await cli(CLIENT, 'status', ...args);
      expect(code, stdout).to.equal(0);
      const shown = records.filter(({ type }) => type === 'evidence');
      expect(shown.map(({ holds }) => holds)).to.have.members([true, false]);
      const good = shown.find(({ holds }) => holds === true);
      expect(good).to.include({ agreement: name, objectKey, provider: row.provider, shardRoot: row.shardRoot });
      expect(good).to.include({ agreementState: 'active', receivedBytes: bytes.byteLength });
      expect(readFileSync(String(good?.['bodyFile'])).equals(bytes)).to.equal(true);
    }
    const plain = await cli(CLIENT, 'status', objectKey);
    expect(plain.records.at(-1)).to.include({ type: 'object-status', wrongAnswers: 2 });
    const nothing = await cli(CLIENT, 'status');
    expect([nothing.code, nothing.records.at(-1)?.['code']]).to.deep.equal([2, 'object-missing']);
  });

  it('leaves the closing to settle', async () => {
    const { name } = await agree();
    await cli(CLIENT, 'challenge', name, '--yes');
    const early = await cli(CLIENT, 'settle');
    expect(early.records.at(-1)).to.deep.include({ type: 'settled', audits: [] });
    await chain.mine(windowBlocks);
    const settled = await cli(CLIENT, 'settle');
    expect(settled.code, settled.stdout).to.equal(0);
    const audits = auditsIn(settled.records);
    expect(audits.map(({ agreement, outcome }) => [agreement, outcome])).to.deep.equal([[name, 'failed']]);
    expect(BigInt(String(settled.records.at(-1)?.['received'])) > 0n).to.equal(true);
  });

  it('says which transaction may still be mined after ctrl-C', async () => {
    const { id, name } = await agree();
    const opening = await stoppedWhileMined('challenge', name, '--yes');
    expect(opening).to.match(
      new RegExp(`^stopped by SIGINT; the transaction for agreement ${name} may still be mined`),
    );
    expect((await readAgreement(view, id)).openAudits, 'it was').to.equal(1);
    await chain.mine(windowBlocks);
    expect(await stoppedWhileMined('challenge', name, '--yes')).to.match(
      /^stopped by SIGINT: the transaction that closes audit \d+ may still be mined$/,
    );
    expect((await readAgreement(view, id)).status).to.equal(AgreementStatus.failed);
  });

  it('says while it waits which closing may still be mined, and of which the window is open', async () => {
    const { name } = await agree();
    const said = await stoppedWhileMined('challenge', name, '--yes', '--wait');
    expect(said, 'the bond was not locked yet').to.contain(`agreement ${name} may still be mined`);
    const other = await agree();
    const stop = new AbortController();
    const waiting = start(CLIENT, ['challenge', other.name, '--yes', '--wait'], stop.signal);
    while ((await readAgreement(view, other.id)).openAudits === 0) await pause();
    await chain.rpc('evm_setAutomine', false);
    await chain.mine(windowBlocks);
    await untilPending();
    stop.abort(interrupted('SIGINT'));
    const { records } = await waiting;
    await chain.rpc('evm_setAutomine', true);
    expect(records.at(-1)?.['message']).to.match(
      /^stopped by SIGINT: the transaction that closes audit (\d+) may still be mined; these audits go on: \1 \(until/,
    );
    await chain.mine(1);
  });

  /** Stops a command once its transaction was handed over, and lets that be mined. @returns what it said last */
  async function stoppedWhileMined(...args: string[]): Promise<string> {
    const stop = new AbortController();
    await chain.rpc('evm_setAutomine', false);
    const running = start(CLIENT, args, stop.signal);
    await untilPending();
    stop.abort(interrupted('SIGINT'));
    const { code, records } = await running;
    await chain.rpc('evm_setAutomine', true);
    await chain.mine(1);
    expect([code, records.at(-1)?.['code']]).to.deep.equal([130, 'interrupted']);
    return String(records.at(-1)?.['message']);
  }

  async function untilPending(): Promise<void> {
    while ((await view.client.getBlock({ blockTag: 'pending' })).transactions.length === 0) await pause();
  }

  it('waits until the window is over, closes the audit, and exits with 7', async () => {
    const { name } = await agree();
    const running = cli(CLIENT, 'challenge', name, '--yes', '--wait');
    const mining = setInterval(() => void chain.mine(10), 500);
    const { code, records, stdout } = await running.finally(() => clearInterval(mining));
    expect(code, stdout).to.equal(7);
    expect(auditsIn(records)[0]).to.include({ agreement: name, state: 'failed' });
  });

  it('takes the bond from an account whose session key the wallet is, within its budget', async () => {
    const { name } = await agree();
    const owner = client.address;
    const refused = await cli(KEY, 'challenge', name, '--yes', '--owner', owner);
    expect([refused.code, refused.records.at(-1)?.['code']]).to.deep.equal([6, 'session-short']);
    const poor = await cli(KEY, 'challenge', name, '--yes');
    expect([poor.code, poor.records.at(-1)?.['code']]).to.deep.equal([6, 'escrow-short']);
    const { seconds } = await readChainTime(view);
    const key = chain.accounts[KEY]!.address;
    await authorizeSession(client, { key, budget: TOKEN, expiry: seconds + 3_600 });
    const opened = await cli(KEY, 'challenge', name, '--yes', '--owner', owner);
    expect(opened.code, opened.stdout).to.equal(0);
    expect(opened.records.at(-1)?.['audits']).to.have.lengthOf(1);
    const none = await cli(KEY, 'wallet', 'session', 'show', owner);
    expect([none.code, none.records.at(-1)?.['code']]).to.deep.equal([4, 'session-unknown']);
    const revoked = await cli(CLIENT, 'wallet', 'session', 'revoke', key);
    expect(revoked.code, revoked.stdout).to.equal(0);
  });

  it('says what may still be mined after ctrl-C while it settles, and collects the rest the next time', async () => {
    await chain.mine(windowBlocks);
    await cli(CLIENT, 'settle');
    const { id } = await agree();
    await chain.mine(2 * PERIOD_BLOCKS);
    expect(await stoppedWhileMined('settle')).to.match(
      /^stopped by SIGINT: the transaction that (?:ends agreement [\d.]+|settles \d+ agreements?) may still be mined; `stowmarket settle` again collects/,
    );
    const rest = await cli(CLIENT, 'settle');
    expect(rest.code, rest.stdout).to.equal(0);
    const { status, settledPeriods } = await readAgreement(view, id);
    expect(status !== AgreementStatus.active || settledPeriods > 0, 'nothing is left to collect').to.equal(true);
  });
});

/** The audits that a command tells of. */
function auditsIn(records: CliRun['records']): Record<string, unknown>[] {
  return (records.at(-1) ?? {})['audits'] as Record<string, unknown>[];
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
