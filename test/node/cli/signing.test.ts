import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TypedDataDefinition } from 'viem';

import { startProviders, stopProviders, type RunningProvider } from '../client/support/provider-processes.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';

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
  let client: Client;
  let relayer: Client;
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-signing-'));
    chain = await startChain({ blockMs: 500, periodBlocks: 200 });
    providers = await startProviders(chain, folder, { count: 3, firstAccount: 2 });
    client = clientOf(chain, folder, CLIENT);
    relayer = clientOf(chain, folder, RELAYER);
    await client.must('wallet', 'deposit', '500');
    await writeFile(file('data'), randomBytes(100_000));
  });

  after(async () => {
    await stopProviders(providers);
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function exported(name: string): Promise<string> {
    const document = file(`${name}.json`);
    await client.must('put', file('data'), '--name', name, '--code', '2/3', '--export', document);
    return document;
  }

  async function read(document: string): Promise<Document> {
    return JSON.parse(await readFile(document, 'utf8')) as Document;
  }

  it('forms what the client signed and a relayer sends', async () => {
    const document = await exported('relayed');
    expect((await client.must('ls', '--all'))['state']).to.equal('forming');
    const reviewed = await relayer.must('agreements', 'review', document);
    expect(reviewed).to.include({ client: chain.accounts[CLIENT]!.address, signed: false });
    expect(reviewed['agreements']).to.have.lengthOf(3);
    expect(await relayer.fails('agreements', 'submit', document)).to.deep.equal([2, 'batch-unsigned']);
    expect(await relayer.fails('agreements', 'sign', document)).to.deep.equal([2, 'batch-not-yours']);
    expect((await client.must('agreements', 'sign', document))['signed']).to.equal(true);

    const dry = await relayer.must('agreements', 'submit', document, '--dry-run');
    expect(dry['total']).to.equal(reviewed['total']);
    const before = await client.must('wallet', 'balance');
    const formed = await relayer.must('agreements', 'submit', document);
    expect(formed).to.include({ type: 'agreements-formed', total: reviewed['total'] });
    const after = await client.must('wallet', 'balance');
    expect(BigInt(String(before['escrow'])) - BigInt(String(after['escrow']))).to.equal(
      BigInt(String(reviewed['total'])),
    );
    expect(after['gas'], "the client's coin").to.equal(before['gas']);

    await client.must('get', 'relayed', '-o', file('back'));
    expect((await readFile(file('back'))).equals(await readFile(file('data')))).to.equal(true);
    expect((await client.must('ls'))['state']).to.equal('live');
    expect(await relayer.fails('agreements', 'submit', document)).to.deep.equal([1, 'batch-used']);
  });

  it('takes the signature of any wallet that signs typed data', async () => {
    const document = await exported('elsewhere');
    const { typedData } = await read(document);
    const sign = async (account: number) => chain.accounts[account]!.signTypedData(typedData);
    const untouched = await readFile(document, 'utf8');
    expect(await client.fails('agreements', 'attach', document, await sign(RELAYER))).to.deep.equal([
      7,
      'batch-bad-signature',
    ]);
    expect(await client.fails('agreements', 'attach', document, '0x1')).to.deep.equal([2, 'usage']);
    expect(await readFile(document, 'utf8')).to.equal(untouched);
    await relayer.must('agreements', 'attach', document, await sign(CLIENT));
    await relayer.must('agreements', 'submit', document);
    await client.must('get', 'elsewhere', '-o', file('back-elsewhere'));
  });

  it('sends nothing that was altered, is for another market, or no document at all', async () => {
    const document = await exported('altered');
    const good = await read(document);
    const other = file('other.json');
    const refused = async (value: unknown): Promise<unknown[]> => {
      await writeFile(other, typeof value === 'string' ? value : JSON.stringify(value));
      return client.fails('agreements', 'submit', other);
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
    expect(await client.fails('agreements', 'submit', file('absent.json'))).to.deep.equal([2, 'batch-unreadable']);
    expect(
      await client.fails('put', file('data'), '--name', 'x', '--code', '2/3', '--export', file('no/such/folder')),
    ).to.deep.equal([2, 'batch-unwritable']);
  });

  it('says when the time is over', async () => {
    const document = await exported('late');
    await chain.rpc('evm_increaseTime', 15 * 60);
    await chain.mine(1);
    const { code, records } = await client.cli('agreements', 'submit', document);
    expect([code, records.at(-1)?.['code']]).to.deep.equal([1, 'batch-expired']);
    expect(records.at(-1)?.['message']).to.match(/could be formed until \d+ seconds ago.*nothing was paid/);
  });
});
