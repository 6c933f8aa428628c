import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { expect } from 'chai';
import { decryptKeystoreJson, encryptKeystoreJson } from 'ethers';

import {
  type UnlockedKey,
  addressOfKeystore,
  createKeystore,
  importKeystore,
  keyFromHex,
  openKeystore,
} from '../../../node/keystore/wallet.ts';
import { rejection } from '../support/rejection.ts';

/** "pässword" in two spellings of Unicode: one character, and a letter with a mark. */
const PASSWORD = 'p\u00e4ssword';
const PASSWORD_NFD = 'pa\u0308ssword';
const HEX_KEY = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';
const ADDRESS = '0x2c7536E3605D9C16a7a3D7b1898e529396a65c23';

describe('keystores', function () {
  // scrypt at N = 2^17 takes most of a second on purpose.
  this.timeout(60_000);
  let folder: string;
  let path: string;
  let key: UnlockedKey;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-keystore-'));
    path = join(folder, 'deep/wallet.json');
    key = await createKeystore(path, { password: PASSWORD });
  });
  after(async () => rm(folder, { recursive: true, force: true }));

  it('writes a file for its owner only, and nothing beside it', async () => {
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(join(folder, 'deep'))).mode & 0o777).to.equal(0o700);
    expect(await readdir(join(folder, 'deep'))).to.deep.equal(['wallet.json']);
    const json = JSON.parse(await readFile(path, 'utf8')) as { crypto: { kdf: string; kdfparams: { n: number } } };
    expect(json.crypto.kdf).to.equal('scrypt');
    expect(json.crypto.kdfparams.n).to.equal(2 ** 17);
  });

  it('opens with the same password in any spelling, from text, file or question', async () => {
    expect((await openKeystore(path, { password: PASSWORD_NFD })).address).to.equal(key.address);
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${PASSWORD}\nsecond line\n`, { mode: 0o600 });
    expect((await openKeystore(path, { passwordFile })).address).to.equal(key.address);
    expect((await openKeystore(path, { ask: async () => PASSWORD })).address).to.equal(key.address);
    expect(await addressOfKeystore(path)).to.equal(key.address);
  });

  it('is read by ethers, and reads what ethers writes', async () => {
    const opened = await decryptKeystoreJson(await readFile(path, 'utf8'), PASSWORD);
    expect(opened.address).to.equal(key.address);
    const theirs = join(folder, 'ethers.json');
    const scrypt = { N: 2 ** 17, r: 8, p: 1 };
    await writeFile(
      theirs,
      await encryptKeystoreJson({ address: ADDRESS, privateKey: `0x${HEX_KEY}` }, 'x', { scrypt }),
      { mode: 0o600 },
    );
    expect((await openKeystore(theirs, { password: 'x' })).address).to.equal(ADDRESS);
  });

  it('imports keys in hex and nothing else', async () => {
    expect(keyFromHex(HEX_KEY).address).to.equal(ADDRESS);
    expect(keyFromHex(` 0X${HEX_KEY.toUpperCase()}\n`).address).to.equal(ADDRESS);
    const imported = join(folder, 'imported.json');
    expect((await importKeystore(imported, { password: 'x' }, HEX_KEY)).address).to.equal(ADDRESS);
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
    for (const bad of ['', HEX_KEY.slice(1), `${HEX_KEY}00`, 'z'.repeat(64), '0'.repeat(64), order]) {
      expect(() => keyFromHex(bad), bad)
        .to.throw('not a private key')
        .that.has.property('code', 'key-malformed');
    }
  });

  it('never shows a key in messages, logs or JSON', async () => {
    try {
      keyFromHex(`${HEX_KEY}1`);
    } catch (error) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.to.contain(HEX_KEY.slice(0, 20));
    }
    const opened = keyFromHex(HEX_KEY);
    expect(Object.keys(opened)).to.not.include('privateKey');
    expect(JSON.stringify(opened)).not.to.contain(HEX_KEY.slice(0, 20));
    expect(Buffer.from(opened.privateKey).toString('hex')).to.equal(HEX_KEY);
  });

  it('says so when the password is wrong', async () => {
    const error = await rejection(openKeystore(path, { password: 'wrong' }));
    expect(error.code).to.equal('keystore-wrong-password');
    expect(error.message).to.contain(path);
  });

  it('never overwrites', async () => {
    const before = await readFile(path, 'utf8');
    let asked = false;
    const ask = async (): Promise<string> => {
      asked = true;
      return 'x';
    };
    expect((await rejection(createKeystore(path, { ask }))).code).to.equal('keystore-exists');
    expect(asked).to.equal(false);
    const racing = join(folder, 'race.json');
    const outcomes = await Promise.allSettled([1, 2, 3].map(async () => createKeystore(racing, { password: 'x' })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(await readFile(path, 'utf8')).to.equal(before);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
  });

  it('refuses files that others can read', async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      await chmod(path, mode);
      const error = await rejection(openKeystore(path, { password: PASSWORD }));
      expect(error.code, mode.toString(8)).to.equal('keystore-exposed');
      expect(error.hint).to.contain('chmod 600');
    }
    await chmod(path, 0o600);
    const passwordFile = join(folder, 'open-password');
    await writeFile(passwordFile, PASSWORD);
    await chmod(passwordFile, 0o644);
    expect((await rejection(openKeystore(path, { passwordFile }))).code).to.equal('keystore-exposed');
  });

  it('refuses weak, costly and damaged files before any work', async () => {
    const good = JSON.parse(await readFile(path, 'utf8')) as {
      crypto: { kdfparams: object; ciphertext: string };
      version: number;
    };
    const withParams = (values: object): object => ({
      ...good,
      crypto: { ...good.crypto, kdfparams: { ...good.crypto.kdfparams, ...values } },
    });
    const cases: [string, object | string][] = [
      ['keystore-weak', withParams({ n: 2 ** 16 })],
      ['keystore-weak', withParams({ n: 8_192 })],
      ['keystore-malformed', withParams({ n: 2 ** 24 })],
      ['keystore-malformed', withParams({ n: 2 ** 17 + 1 })],
      ['keystore-malformed', withParams({ p: 1_000 })],
      ['keystore-malformed', withParams({ r: 1 })],
      ['keystore-malformed', { ...good, version: 1 }],
      ['keystore-malformed', { ...good, crypto: { ...good.crypto, kdf: 'pbkdf2' } }],
      ['keystore-malformed', { ...good, crypto: { ...good.crypto, ciphertext: 'ab' } }],
      ['keystore-malformed', ''],
      ['keystore-malformed', 'null'],
      ['keystore-malformed', '[]'],
    ];
    const bad = join(folder, 'bad.json');
    for (const [code, content] of cases) {
      await writeFile(bad, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
      const ask = async (): Promise<string> => {
        throw new Error('nobody should be asked for a password');
      };
      expect((await rejection(openKeystore(bad, { ask }))).code, JSON.stringify(content)).to.equal(code);
    }
  });

  it('notices a changed address', async () => {
    const json = JSON.parse(await readFile(path, 'utf8')) as object;
    const changed = join(folder, 'changed.json');
    await writeFile(changed, JSON.stringify({ ...json, address: '11'.repeat(20) }), { mode: 0o600 });
    expect((await rejection(openKeystore(changed, { password: PASSWORD }))).code).to.equal('keystore-malformed');
  });

  it('refuses an empty password, and names a missing file', async () => {
    expect((await rejection(createKeystore(join(folder, 'e.json'), { password: '' }))).code).to.equal('password-empty');
    expect((await rejection(openKeystore(join(folder, 'none.json'), { password: 'x' }))).code).to.equal(
      'keystore-missing',
    );
    expect((await rejection(openKeystore(path, { passwordFile: join(folder, 'none') }))).code).to.equal(
      'password-unreadable',
    );
  });
});
