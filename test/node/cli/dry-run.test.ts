import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { demandUnits } from '../../../node/chain/actions/demand-units.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { postBid } from '../../../node/chain/actions/post-bid.ts';
import { readAuditTerms } from '../../../node/chain/actions/read-audit-terms.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readStake } from '../../../node/chain/actions/read-stake.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { formatAgreementId } from '../../../node/market/agreement-id.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, sampleBid, senderOf } from '../chain/market-fixture.ts';
import { type TestChain, privateKeyOf, startChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const [CLIENT, PROVIDER, OPERATOR, POOR, STRANGER] = [1, 2, 3, 4, 5] as const;
const PERIOD_BLOCKS = 500;
const NODE_KEY = `0x${'17'.repeat(32)}` as const;

interface Planned {
  doing: string;
  gas: string;
  simulated: boolean;
}

interface Moved {
  amount: string;
  from: string;
  to: string;
}

/** Nobody proves here, and every dry run is held to what the real command does after it. */
describe('--dry-run', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let user: Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-dry-run-'));
    chain = await startChain({ periodBlocks: PERIOD_BLOCKS });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[CLIENT]!);
    provider = await enrol(view, chain.accounts[PROVIDER]!);
    user = clientOf(chain, folder, CLIENT);
    await deposit(client, { amount: 100n * TOKEN });
  });
  after(async () => {
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs it, and sees that nothing was sent: no block was added and nothing was paid. */
  async function dry(...args: string[]): Promise<Record<string, unknown>> {
    return unsent(async () => user.must(...args, '--dry-run'));
  }

  async function unsent<T>(work: () => Promise<T>): Promise<T> {
    const before = await readChainTime(view);
    const result = await work();
    expect(await readChainTime(view), 'nothing was sent').to.deep.equal(before);
    return result;
  }

  async function agree(): Promise<{ id: AgreementId; name: string; objectKey: string }> {
    const agreement = await draft(client, provider, { periods: 40 });
    const id = await form(client, provider, agreement);
    return { id, name: formatAgreementId(id), objectKey: agreement.objectKey.slice(2) };
  }

  async function free(): Promise<bigint> {
    return BigInt(String((await user.must('wallet', 'balance'))['escrow']));
  }

  it('of a deposit and a withdrawal names the amounts, the sides, the transactions and their gas', async () => {
    const { address } = client;
    const planned = await dry('wallet', 'deposit', '12.5');
    const amount = String((25n * TOKEN) / 2n);
    expect(planned).to.deep.include({
      type: 'dry-run',
      command: 'wallet deposit',
      moves: [{ amount, from: `wallet ${address}`, to: `escrow account of ${address}` }],
    });
    expect(doings(planned)).to.deep.equal(['deposit 12.5 tokens into escrow']);
    const out = await dry('wallet', 'withdraw', '5', '--to', chain.accounts[STRANGER]!.address);
    expect(movesOf(out)[0]?.to).to.equal(`wallet ${chain.accounts[STRANGER]!.address}`);
    expect(transactionsOf(out)[0]).to.include({ doing: 'withdraw 5 tokens from escrow', simulated: true });
    expect(BigInt(String(out['gasWei'])) > 0n).to.equal(true);
    const before = await free();
    await user.must('wallet', 'withdraw', '5');
    expect(await free()).to.equal(before - 5n * TOKEN);
  });

  it('counts gas in tokens where a coin is worth something', async () => {
    const env = { ...user.env, STOWMARKET_QUOTE_TOKENS_PER_COIN: '2500' };
    const { records } = await run(['--json', 'wallet', 'deposit', '1', '--dry-run'], { env });
    const { gasWei, gasTokens } = records.at(-1)!;
    expect(BigInt(String(gasTokens))).to.equal(BigInt(String(gasWei)) * 2_500n);
    const words = await run(['wallet', 'deposit', '1', '--dry-run'], { env });
    expect(words.stdout).to.match(/1 transaction, about [\d,]+ gas: [\d.]+ of the chain's coin, or [\d.]+ tokens/);
    expect(words.stdout).to.match(/nothing was sent \(--dry-run\)/);
  });

  it('needs no password', async () => {
    const home = { STOWMARKET_HOME: join(folder, 'locked') };
    const password = join(folder, 'password');
    await writeFile(password, 'secret\n', { mode: 0o600 });
    const { STOWMARKET_KEY: _key, ...env } = { STOWMARKET_KEY: '', ...user.env, ...home };
    const imported = await run(['--json', '--password-file', password, 'wallet', 'import'], {
      env: { ...user.env, ...home },
    });
    expect(imported.code, imported.stdout + imported.stderr).to.equal(0);
    const planned = await run(['--json', 'wallet', 'deposit', '1', '--dry-run'], { env });
    expect(planned.code, planned.stdout + planned.stderr).to.equal(0);
    const real = await run(['--json', 'wallet', 'deposit', '1'], { env });
    expect(real.records.at(-1)?.['code']).to.equal('password-missing');
  });

  it('refuses what the command would refuse, with its code', async () => {
    const key = chain.accounts[STRANGER]!.address;
    const cases = [
      [['wallet', 'withdraw', '1000000'], 6, 'escrow-short'],
      [['wallet', 'withdraw', '1', '--to', zeroAddress], 2, undefined],
      [['wallet', 'deposit', '10000000'], 6, 'wallet-short'],
      [['wallet', 'session', 'authorize', key, '--budget', '1', '--expires', '2001-01-01'], 2, undefined],
      [['bid', 'cancel', '77'], 4, 'bid-unknown'],
      [['challenge', '1.77', '--yes'], 4, undefined],
      [['rm', 'nothing'], 4, undefined],
    ] as const;
    for (const [args, exit, code] of cases) {
      const planned = await unsent(async () => user.fails(...args, '--dry-run'));
      expect(planned, args.join(' ')).to.deep.equal(await user.fails(...args));
      expect(planned[0], args.join(' ')).to.equal(exit);
      if (code !== undefined) expect(planned[1]).to.equal(code);
    }
  });

  it('tells that the wallet cannot pay for gas', async () => {
    const poor = clientOf(chain, folder, POOR);
    await poor.must('wallet', 'deposit', '5');
    await chain.rpc('hardhat_setBalance', chain.accounts[POOR]!.address, '0x1000');
    const args = ['wallet', 'withdraw', '5'];
    expect(await poor.fails(...args, '--dry-run')).to.deep.equal([6, 'gas-funds']);
    expect(await poor.fails(...args)).to.deep.equal([6, 'gas-funds']);
  });

  it('of session keys moves nothing', async () => {
    const key = chain.accounts[STRANGER]!.address;
    const args = ['wallet', 'session', 'authorize', key, '--budget', '5', '--expires', '1h'];
    expect(await dry(...args)).to.deep.include({ moves: [], budget: String(5n * TOKEN), key });
    expect(await user.fails('wallet', 'session', 'show', key)).to.deep.equal([4, 'session-unknown']);
    await user.must(...args);
    expect(doings(await dry('wallet', 'session', 'revoke', key))).to.have.lengthOf(1);
    expect(await user.must('wallet', 'session', 'show', key)).to.include({ live: true });
  });

  it('of a removal counts what comes back', async () => {
    const { objectKey, name } = await agree();
    const planned = await dry('rm', objectKey);
    expect(planned).to.deep.include({ given: [name], failed: [] });
    const before = await free();
    await user.must('rm', objectKey);
    expect(await free()).to.equal(before + BigInt(String(planned['refunded'])));
    expect(movesOf(planned)).to.deep.equal([
      {
        amount: planned['refunded'],
        from: `agreement ${name}`,
        to: `escrow account of ${client.address}`,
      },
    ]);
    expect(await dry('rm', objectKey)).to.deep.include({ given: [], unneeded: [name], moves: [], transactions: [] });
  });

  it('of a challenge names the bonds, and asks nothing', async () => {
    const { name } = await agree();
    const planned = await dry('challenge', name);
    const { bond } = await readAuditTerms(view);
    expect(planned).to.deep.include({ opened: [name], closed: [] });
    expect(movesOf(planned)).to.deep.equal([
      {
        amount: String(bond),
        from: `escrow account of ${client.address}`,
        to: `bond of an audit of agreement ${name}`,
      },
    ]);
    const stranger = clientOf(chain, folder, STRANGER);
    expect(await stranger.fails('challenge', name, '--dry-run')).to.deep.equal([6, 'escrow-short']);
  });

  it('of settling counts what comes back, audits and demands that are overdue first', async () => {
    const audited = await agree();
    const demanded = await agree();
    await agree();
    await user.must('challenge', audited.name, '--yes');
    for (const { id } of [audited, demanded]) await demandUnits(client, { id, units: [0] });
    await chain.mine(PERIOD_BLOCKS * 3);
    const planned = await dry('settle');
    expect(planned['audits']).to.have.lengthOf(1);
    expect(planned['demands'], 'an agreement fails once').to.deep.equal([
      { demand: '1', agreement: audited.name, outcome: 'voided' },
      { demand: '2', agreement: demanded.name, outcome: 'failed' },
    ]);
    const before = await free();
    const settled = await user.must('settle');
    for (const field of ['settled', 'ended', 'audits', 'demands', 'failed'])
      expect(planned[field], field).to.deep.equal(settled[field]);
    expect(BigInt(String(planned['received'])) > 0n).to.equal(true);
    expect(await free()).to.equal(before + BigInt(String(planned['received'])));
    expect(await dry('settle')).to.deep.include({ transactions: [], moves: [], received: '0' });
  });

  it('of a bid tells what lies behind it', async () => {
    const { seconds } = await readChainTime(view);
    const terms = sampleBid(seconds);
    const { bidId } = await postBid(client, { terms });
    const planned = await dry('bid', 'cancel', String(bidId));
    const stranger = clientOf(chain, folder, STRANGER);
    expect(await stranger.fails('bid', 'cancel', String(bidId), '--dry-run')).to.deep.equal([2, 'bid-not-yours']);
    const cancelled = await user.must('bid', 'cancel', String(bidId));
    expect(planned['refunded']).to.equal(cancelled['refunded']);
  });

  describe('of a provider', () => {
    let settings: Record<string, string>;
    const command = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { code, records, stdout, stderr } = await run(
        ['--json', 'provider', args[0]!, '--set', 'stake=50', '--set', 'ask.capacity=1 GiB', ...args.slice(1)],
        { env: settings },
      );
      expect(code, stdout + stderr).to.equal(0);
      return records.at(-1)!;
    };

    before(async () => {
      const node = privateKeyToAccount(NODE_KEY).address;
      settings = {
        STOWMARKET_HOME: join(folder, 'provider'),
        STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
        STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
        STOWMARKET_CHAIN_POLL: '20ms',
        STOWMARKET_KEY: privateKeyOf(chain.accounts[OPERATOR]!),
        STOWMARKET_NODE_KEY: NODE_KEY,
      };
      await chain.rpc('hardhat_setBalance', node, `0x${(10n ** 20n).toString(16)}`);
    });

    it('registers nothing, and then only what is missing', async () => {
      const planned = await unsent(async () => command('register', '--dry-run'));
      expect(planned).to.include({ command: 'provider register', stake: String(50n * TOKEN) });
      expect(movesOf(planned)).to.have.lengthOf(3);
      expect(transactionsOf(planned)).to.have.lengthOf(5);
      const { provider: id } = await command('register');
      const stake = await readStake(view, Number(id));
      expect(stake.free + stake.locked).to.equal(BigInt(String(planned['bond'])) + BigInt(String(planned['stake'])));
      expect(await command('register', '--dry-run')).to.deep.include({ provider: id, moves: [], transactions: [] });
      const more = await unsent(async () => command('register', '--dry-run', '--set', 'stake=60'));
      expect(more).to.include({ stake: String(10n * TOKEN), deposit: String(10n * TOKEN) });
    });

    it('declares no maintenance and voids no asks', async () => {
      const planned = await unsent(async () => command('maintenance', '--periods', '2', '--dry-run'));
      const declared = await command('maintenance', '--periods', '2');
      expect(planned['fromPeriod']).to.equal(declared['fromPeriod']);
      const voided = await unsent(async () => command('void-asks', '--dry-run'));
      expect((await command('void-asks'))['series']).to.equal(voided['series']);
    });
  });
});

function transactionsOf(record: Record<string, unknown>): Planned[] {
  return record['transactions'] as Planned[];
}

function movesOf(record: Record<string, unknown>): Moved[] {
  return record['moves'] as Moved[];
}

function doings(record: Record<string, unknown>): string[] {
  return transactionsOf(record).map(({ doing }) => doing);
}
