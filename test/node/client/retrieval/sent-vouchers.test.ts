import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { SentVouchersFile } from '../../../../node/client/retrieval/sent-vouchers.ts';
import type { Hex } from '../../../../node/market/messages.ts';

const SCOPE = { chainId: 31_337, channels: `0x${'C0'.repeat(20)}`, client: `0x${'Aa'.repeat(20)}` };
const MOST = 2n ** 96n - 1n;

describe('promises of a wallet', () => {
  let folder: string;
  let sent: SentVouchersFile;
  const path = (): string => join(folder, 'payments', 'promised.sqlite');
  const open = (scope = SCOPE): SentVouchersFile => new SentVouchersFile(path(), scope);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-sent-'));
    sent = open();
  });
  afterEach(() => {
    sent.close();
    rmSync(folder, { recursive: true });
  });

  it('add up over restarts, each channel and deployment by itself', () => {
    expect(sent.promised(7n)).to.deep.equal({ amount: 0n, readBytes: 0n });
    sent.raise(7n, { amount: 5n, readBytes: 50n }, MOST);
    sent.close();
    sent = open({ ...SCOPE, client: SCOPE.client.toLowerCase() });
    expect(sent.raise(7n, { amount: 2n ** 90n, readBytes: 1n }, MOST)).to.deep.equal({
      amount: 2n ** 90n + 5n,
      readBytes: 51n,
    });
    expect(sent.promised(8n).amount).to.equal(0n);
    const other = open({ ...SCOPE, chainId: 1 });
    expect(other.promised(7n).amount).to.equal(0n);
    other.close();
    expect(statSync(path()).mode & 0o777).to.equal(0o600);
  });

  it('never go beyond the deposit', () => {
    sent.raise(7n, { amount: 90n, readBytes: 1n }, 100n);
    expect(sent.raise(7n, { amount: 11n, readBytes: 1n }, 100n)).to.equal(undefined);
    expect(sent.promised(7n)).to.deep.equal({ amount: 90n, readBytes: 1n });
    expect(sent.raise(7n, { amount: 10n, readBytes: 1n }, 100n)?.amount).to.equal(100n);
  });

  it('are given up for nothing within a bound that holds for the channel in all', () => {
    sent.raise(7n, { amount: 10n, readBytes: 1n }, MOST);
    const bounds = { most: 100n, mostConceded: (paidFor: bigint) => paidFor - 2n };
    expect(sent.concede(7n, 5n, bounds)).to.deep.equal({ amount: 15n, readBytes: 1n });
    sent.close();
    sent = open();
    expect(sent.concede(7n, 4n, bounds)).to.equal(undefined);
    expect(sent.concede(7n, 3n, { ...bounds, most: 17n })).to.equal(undefined);
    expect(sent.concede(7n, 3n, bounds)?.amount).to.equal(18n);
  });

  it('go on from a voucher that this machine lost, and never back to a lower one', () => {
    const voucher = { channel: 7n, amount: 40n, readBytes: 400n, firstByteMs: 0, kibPerSecond: 0 };
    const signature: Hex = '0x';
    sent.adopt({ voucher, signature });
    expect(sent.promised(7n)).to.deep.equal({ amount: 40n, readBytes: 400n });
    sent.adopt({ voucher: { ...voucher, amount: 39n, readBytes: 500n }, signature });
    expect(sent.raise(7n, { amount: 1n, readBytes: 1n }, MOST)).to.deep.equal({ amount: 41n, readBytes: 401n });
  });

  it('of two processes at once never promise the same wei twice', async () => {
    const script = `
      import { SentVouchersFile } from '${new URL('../../../../node/client/retrieval/sent-vouchers.ts', import.meta.url).href}';
      const sent = new SentVouchersFile(${JSON.stringify(path())}, ${JSON.stringify(SCOPE)});
      const seen = [];
      for (let i = 0; i < 40; i++) seen.push(String(sent.raise(7n, { amount: 1n, readBytes: 2n }, 2n ** 90n).amount));
      console.log(seen.join(' '));`;
    const run = async (): Promise<string[]> => {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.on('data', (text) => (out += String(text)));
      const [code] = await once(child, 'close');
      expect(code).to.equal(0);
      return out.trim().split(' ');
    };
    const amounts = (await Promise.all([run(), run()])).flat();
    expect(amounts).to.have.length(80);
    expect(new Set(amounts).size).to.equal(80);
    expect(sent.promised(7n)).to.deep.equal({ amount: 80n, readBytes: 160n });
  });

  it('are refused from a damaged file, with what to do, once they are asked for', () => {
    mkdirSync(dirname(path()));
    writeFileSync(
      path(),
      'no database at all, and longer than a header of SQLite is, so that it is read as one'.repeat(9),
    );
    expect(() => sent.promised(7n))
      .to.throw(path())
      .with.property('code', 'payments-unusable');
    expect(() => sent.raise(7n, { amount: 1n, readBytes: 1n }, MOST)).to.throw(path());
  });
});
