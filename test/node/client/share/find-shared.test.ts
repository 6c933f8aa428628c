import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { zeroAddress } from 'viem';

import { shareKey, type ShareRow } from '../../../../node/chain/market-index.ts';
import { findShared, listShared, type SharedSources } from '../../../../node/client/share/find-shared.ts';
import { requireReaderKey, requireSensible, shareOf } from '../../../../node/client/share/share-object.ts';
import { describedBy } from '../../../../node/client/get/unseal.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { fromHex, to0x } from '../../../../node/core/bytes.ts';
import type { Address } from '../../../../node/market/messages.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import type { ShareDescription } from '../../../../node/pipeline/header/share-envelope.ts';
import { codeOf, rejection } from '../../support/rejection.ts';
import { agreementRow } from '../support/rows.ts';

const OWNER: Address = `0x${'a1'.repeat(20)}`;
const READER: Address = `0x${'b2'.repeat(20)}`;
const NOW_S = 1_000_000;
const signal = new AbortController().signal;

interface Told {
  reader?: Address;
  until?: number;
  takenBack?: boolean;
  objectKey?: Uint8Array;
  /** Whose key it is sealed for; the reader's when absent. */
  sealedFor?: Uint8Array;
}

describe('what is shared', () => {
  const privateKey = randomBytes(32);
  const key = ownerPublicKey(privateKey);
  let rows: ShareRow[];
  let unlocked: number;
  let sources: SharedSources;

  beforeEach(() => {
    rows = [];
    unlocked = 0;
    sources = {
      index: {
        sharesWith: async (reader, owner) =>
          rows.filter((row) => row.reader === reader && (owner === undefined || row.owner === owner)).toReversed(),
        holders: async (client, objectKey) => [agreementRow(fromHex(objectKey), 0, { client })],
      },
      reader: READER,
      unlock: async () => {
        unlocked += 1;
        return privateKey;
      },
      nowS: NOW_S,
    };
  });

  async function tell(name: string, told: Told = {}): Promise<ShareRow> {
    const { reader = READER, until = NOW_S + 100, takenBack = false, objectKey = randomBytes(32) } = told;
    const description: ShareDescription = { secret: newObjectSecret(), name, kind: 'file', k: 1, n: 1, plainBytes: 3 };
    const readerKey = reader === zeroAddress ? undefined : (told.sealedFor ?? key);
    const share = await shareOf({ owner: OWNER, reader, objectKey, until }, readerKey, description);
    const row = { ...share, owner: OWNER, sharedAtBlock: BigInt(rows.length + 1), takenBack };
    const whole = { ...row, key: shareKey(row) };
    rows.push(whole);
    return whole;
  }

  it('is found by name, the newest of several, and by the start of its key', async () => {
    await tell('a/report');
    const newer = await tell('a/report');
    const other = await tell('b');
    expect((await findShared(sources, OWNER, 'a/report')).row.objectKey).to.equal(newer.objectKey);
    expect((await findShared(sources, OWNER, other.objectKey.slice(0, 14))).description.name).to.equal('b');
    expect(await codeOf(findShared(sources, READER, 'b'))).to.equal('share-unknown');
    const { message, hint } = await rejection(findShared(sources, OWNER, 'c'));
    expect(message).to.contain(`${OWNER} shares nothing called "c" with ${READER}`);
    expect(hint).to.contain(`stowmarket share "c" --with ${READER}`);
  });

  it('needs no wallet where it is public', async () => {
    await tell('logo', { reader: zeroAddress });
    const nobody = { ...sources, reader: zeroAddress };
    expect((await findShared(nobody, OWNER, 'logo')).description.plainBytes).to.equal(3);
    expect(await codeOf(findShared(nobody, OWNER, 'secret'))).to.equal('share-unknown');
    expect(unlocked).to.equal(0);
  });

  it('is found among what is public when the wallet stays locked, and else asks for it', async () => {
    await tell('sealed');
    const locked: SharedSources = {
      ...sources,
      unlock: async () => {
        throw new StowError({ code: 'password-missing', message: 'locked' });
      },
    };
    expect(await codeOf(findShared(locked, OWNER, 'sealed'))).to.equal('password-missing');
    await tell('logo', { reader: zeroAddress });
    expect((await findShared(locked, OWNER, 'logo')).description.name).to.equal('logo');
  });

  it('is read as everybody where everybody may, and as oneself where that share has ended', async () => {
    const objectKey = randomBytes(32);
    await tell('both', { objectKey });
    const open = await tell('both', { objectKey, reader: zeroAddress });
    expect((await findShared(sources, OWNER, 'both')).row.reader).to.equal(zeroAddress);
    rows = rows.map((row) => (row.reader === open.reader ? { ...row, takenBack: true } : row));
    expect((await findShared(sources, OWNER, 'both')).row.reader).to.equal(READER);
    rows = rows.map((row) => (row.reader === READER ? { ...row, until: NOW_S } : row));
    expect(await codeOf(findShared(sources, OWNER, 'both'))).to.equal('share-expired');
  });

  it('says what became of a share that has ended, and prefers one that stands', async () => {
    await tell('gone', { takenBack: true });
    await tell('late', { until: NOW_S });
    expect(await codeOf(findShared(sources, OWNER, 'gone'))).to.equal('share-taken-back');
    expect(await codeOf(findShared(sources, OWNER, 'late'))).to.equal('share-expired');
    const standing = await tell('gone');
    await tell('gone', { takenBack: true });
    expect((await findShared(sources, OWNER, 'gone')).row.objectKey).to.equal(standing.objectKey);
    const states = (await listShared(sources)).map(({ description, standing: state }) => [description?.name, state]);
    expect(states).to.deep.equal([
      ['gone', 'taken-back'],
      ['gone', 'stands'],
      ['late', 'expired'],
      ['gone', 'taken-back'],
    ]);
  });

  it('cannot be read when it is sealed for another key, or copied from a share of another object', async () => {
    const foreign = await tell('x', { sealedFor: ownerPublicKey(randomBytes(32)) });
    expect(await codeOf(findShared(sources, OWNER, foreign.objectKey))).to.equal('share-closed');
    const copied = { ...(await tell('y')), objectKey: to0x(randomBytes(32)) };
    rows.push(copied);
    const { code, message } = await rejection(findShared(sources, OWNER, copied.objectKey));
    expect(code).to.equal('share-closed');
    expect(message).to.contain('for another object');
  });

  it('is not read under a name that climbs out of the folder, or hides in a listing', async () => {
    for (const name of ['../../.ssh/authorized_keys', 'a/../../b', 'a\u202Eb']) {
      const row = await tell(name);
      const { code, message } = await rejection(findShared(sources, OWNER, row.objectKey));
      expect(code).to.equal('share-closed');
      expect(message).to.contain("cannot be an object's name");
      expect((await listShared(sources))[0]?.description).to.equal(undefined);
    }
  });

  it('is refused when its headers say otherwise', async () => {
    await tell('x');
    const { description } = await findShared(sources, OWNER, 'x');
    const header = { objectKey: randomBytes(32), k: 1, n: 1, index: 0, plainBytes: 3, envelope: new Uint8Array() };
    const unseal = describedBy(description);
    expect((await unseal(header)).secret).to.deep.equal(description.secret);
    for (const change of [{ k: 2, n: 2 }, { n: 2 }, { plainBytes: 4 }])
      expect(await codeOf(unseal({ ...header, ...change }))).to.equal('share-mismatch');
  });

  it('is refused with oneself, for a time that has passed, and for a reader without a key', async () => {
    const wish = { owner: OWNER, reader: READER, until: NOW_S + 1 };
    requireSensible(wish, NOW_S);
    expect(() => requireSensible({ ...wish, reader: OWNER }, NOW_S))
      .to.throw()
      .with.property('code', 'share-with-oneself');
    expect(() => requireSensible(wish, NOW_S + 1))
      .to.throw()
      .with.property('code', 'share-until-past');
    expect(await codeOf(requireReaderKey(async () => undefined, READER, { signal }))).to.equal('reader-has-no-key');
    expect(await requireReaderKey(async () => undefined, zeroAddress, { signal })).to.equal(undefined);
    expect(await requireReaderKey(async () => key, READER, { signal })).to.equal(key);
  });
});
