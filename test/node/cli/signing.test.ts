import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TypedDataDefinition } from 'viem';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { privateKeyOf, startChain, type TestChain } from '../support/chain.ts';
import { run, type CliRun } from './support/run.ts';

const PATIENCE_MS = 300_000;
const CLIENT = 1;
const RELAYER = 9;

interface Document {
  format: string;
  typedData: TypedDataDefinition & { message: { agreements: Record<string, unknown>[] } };
  providerSignatures: string[];
  clientSignature?: string;
}

describe('agreements that are signed here and sent by somebody else', function () {
  this.timeout(PATIENCE_MS);

  let folder: string;
  let chain: TestChain;
  let providers: RunningProvider[] = [];
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-signing-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 200 });
    providers = await startProviders(chain, folder, { count: 3, firstAccount: 2 });
    expect((await cli(CLIENT, 'wallet', 'deposit', '500')).code).to.equal(0);
    await writeFile(file('data'), randomBytes(100_000));
  });

  after(async () => {
    await stopProviders(providers);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A wallet of its own, on a machine of its own. */
  async function cli(account: number, ...args: string[]): Promise<CliRun> {
    const env = {
      STOWMARKET_HOME: file(`home-${account}`),
      STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
      STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
      STOWMARKET_NETWORK_ALLOW_PRIVATE: 'true',
      STOWMARKET_KEY: privateKeyOf(chain.accounts[account]!),
    };
    return run(['--json', ...args], { env });
  }

  async function must(account: number, ...args: string[]): Promise<Record<string, unknown>> {
    const result = await cli(account, ...args);
    expect(result.code, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(0);
    return result.records.at(-1) ?? {};
  }

  /** Runs a command that must fail; its exit code and error code. */
  async function fails(account: number, ...args: string[]): Promise<unknown[]> {
    const { code, records } = await cli(account, ...args);
    return [code, records.at(-1)?.['code']];
  }

  async function exported(name: string): Promise<string> {
    const document = file(`${name}.json`);
    await must(CLIENT, 'put', file('data'), '--name', name, '--code', '2/3', '--export', document);
    return document;
  }

  async function read(document: string): Promise<Document> {
    return JSON.parse(await readFile(document, 'utf8')) as Document;
  }

  it('forms what the client signed and a relayer sends', async () => {
    const document = await exported('relayed');
    expect((await must(CLIENT, 'ls', '--all'))['state']).to.equal('forming');
    const reviewed = await must(RELAYER, 'agreements', 'review', document);
    expect(reviewed).to.include({ client: chain.accounts[CLIENT]!.address, signed: false });
    expect(reviewed['agreements']).to.have.lengthOf(3);
    expect(await fails(RELAYER, 'agreements', 'submit', document)).to.deep.equal([2, 'batch-unsigned']);
    expect(await fails(RELAYER, 'agreements', 'sign', document)).to.deep.equal([2, 'batch-not-yours']);
    expect((await must(CLIENT, 'agreements', 'sign', document))['signed']).to.equal(true);

    const dry = await must(RELAYER, 'agreements', 'submit', document, '--dry-run');
    expect(dry['total']).to.equal(reviewed['total']);
    const before = await must(CLIENT, 'wallet', 'balance');
    const formed = await must(RELAYER, 'agreements', 'submit', document);
    expect(formed).to.include({ type: 'agreements-formed', total: reviewed['total'] });
    const after = await must(CLIENT, 'wallet', 'balance');
    expect(BigInt(String(before['escrow'])) - BigInt(String(after['escrow']))).to.equal(
      BigInt(String(reviewed['total'])),
    );
    expect(after['gas'], "the client's coin").to.equal(before['gas']);

    await must(CLIENT, 'get', 'relayed', '-o', file('back'));
    expect((await readFile(file('back'))).equals(await readFile(file('data')))).to.equal(true);
    expect((await must(CLIENT, 'ls'))['state']).to.equal('live');
    expect(await fails(RELAYER, 'agreements', 'submit', document)).to.deep.equal([1, 'batch-used']);
  });

  it('takes the signature of any wallet that signs typed data', async () => {
    const document = await exported('elsewhere');
    const { typedData } = await read(document);
    const sign = async (account: number) => chain.accounts[account]!.signTypedData(typedData);
    const untouched = await readFile(document, 'utf8');
    expect(await fails(CLIENT, 'agreements', 'attach', document, await sign(RELAYER))).to.deep.equal([
      7,
      'batch-bad-signature',
    ]);
    expect(await fails(CLIENT, 'agreements', 'attach', document, '0x1')).to.deep.equal([2, 'usage']);
    expect(await readFile(document, 'utf8')).to.equal(untouched);
    await must(RELAYER, 'agreements', 'attach', document, await sign(CLIENT));
    await must(RELAYER, 'agreements', 'submit', document);
    await must(CLIENT, 'get', 'elsewhere', '-o', file('back-elsewhere'));
  });

  it('sends nothing that was altered, is for another market, or no document at all', async () => {
    const document = await exported('altered');
    const good = await read(document);
    const other = file('other.json');
    const refused = async (value: unknown): Promise<unknown[]> => {
      await writeFile(other, typeof value === 'string' ? value : JSON.stringify(value));
      return fails(CLIENT, 'agreements', 'submit', other);
    };
    const withAgreement = (change: Record<string, unknown>): Document => {
      const [first, ...rest] = good.typedData.message.agreements;
      const message = { agreements: [{ ...first, ...change }, ...rest] };
      return { ...good, typedData: { ...good.typedData, message } };
    };
    expect(await refused(withAgreement({ pricePerUnitPeriod: '1' }))).to.deep.equal([7, 'batch-bad-signature']);
    expect(await refused(withAgreement({ provider: 99 }))).to.deep.equal([7, 'batch-bad-signature']);
    expect(await refused(withAgreement({ client: chain.accounts[RELAYER]!.address }))).to.deep.equal([
      2,
      'batch-malformed',
    ]);
    expect(await refused(withAgreement({ units: -1 }))).to.deep.equal([2, 'batch-malformed']);
    expect(await refused(withAgreement({ colour: 'red' }))).to.deep.equal([2, 'batch-malformed']);
    expect(await refused({ ...good, providerSignatures: [] })).to.deep.equal([2, 'batch-malformed']);
    expect(await refused({ ...good, providerSignatures: good.providerSignatures.toReversed() })).to.deep.equal([
      7,
      'batch-bad-signature',
    ]);
    const domain = { ...good.typedData.domain, chainId: 5 };
    expect(await refused({ ...good, typedData: { ...good.typedData, domain } })).to.deep.equal([2, 'batch-elsewhere']);
    expect(await refused('not JSON')).to.deep.equal([2, 'batch-malformed']);
    expect(await fails(CLIENT, 'agreements', 'submit', file('absent.json'))).to.deep.equal([2, 'batch-unreadable']);
    expect(
      await fails(CLIENT, 'put', file('data'), '--name', 'x', '--code', '2/3', '--export', file('no/such/folder')),
    ).to.deep.equal([2, 'batch-unwritable']);
  });

  it('says when the time is over', async () => {
    const document = await exported('late');
    await chain.rpc('evm_increaseTime', 15 * 60);
    await chain.mine(1);
    const { code, records } = await cli(CLIENT, 'agreements', 'submit', document);
    expect([code, records.at(-1)?.['code']]).to.deep.equal([1, 'batch-expired']);
    expect(records.at(-1)?.['message']).to.match(/could be formed until \d+ seconds ago.*nothing was paid/);
  });
});
