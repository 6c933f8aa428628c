import { expect } from 'chai';
import { createSecretKey, randomBytes } from 'node:crypto';

import { encodeCbor } from '../../../node/core/cbor.ts';
import { ExitCode, StowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { decodeObject } from '../../../node/pipeline/decode/decode-object.ts';
import { RacedReads } from '../../../node/pipeline/decode/raced-reads.ts';
import { ReaderSet, type ShardReader } from '../../../node/pipeline/decode/reader-set.ts';
import { sealFrame } from '../../../node/pipeline/encrypt/frame.ts';
import { newObjectSecret } from '../../../node/pipeline/encrypt/frame-key.ts';
import { FrameReader } from '../../../node/pipeline/encrypt/frames.ts';
import { checkCodeShape } from '../../../node/pipeline/erasure/code.ts';
import { openEnvelope, ownerPublicKey, sealEnvelope } from '../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit, encodeHeaderUnit } from '../../../node/pipeline/header/header-unit.ts';
import { hpkeSeal } from '../../../node/pipeline/header/hpke.ts';
import { deriveOwnerKey } from '../../../node/pipeline/header/owner-key.ts';
import {
  decodePublicShare,
  encodePublicShare,
  openShare,
  sealShare,
} from '../../../node/pipeline/header/share-envelope.ts';
import { rejection } from '../support/rejection.ts';
import { gather } from './object-fixture.ts';

interface Told {
  code: string;
  message: string;
  hint: string;
  exitCode: number;
}

/** All that a user reads of a failure, and a program branches on. */
async function toldBy(work: () => unknown): Promise<Told> {
  const { code, message, hint = '', exitCode } = await rejection((async () => work())());
  return { code, message, hint, exitCode };
}

const key = createSecretKey(randomBytes(32));
const objectKey = randomBytes(32);
const privateKey = randomBytes(32);
const secret = newObjectSecret();
const content = { secret, name: 'a', kind: 'file' as const };
const description = { ...content, k: 2, n: 3, plainBytes: 5 };
const subject = { owner: randomBytes(20), reader: randomBytes(20), objectKey };
const header = { objectKey, k: 2, n: 3, index: 0, plainBytes: 5, envelope: new Uint8Array(8) };
const { integrity, usage } = ExitCode;

function frameReader(plainBytes: number, frames: readonly { final: boolean; bytes: Uint8Array }[]): FrameReader {
  const reader = new FrameReader({ key, objectKey, plainBytes });
  for (const [index, frame] of frames.entries()) {
    const { body, tag } = sealFrame(key, objectKey, { index, ...frame });
    for (const piece of body) reader.push(piece);
    reader.push(tag);
  }
  return reader;
}

describe('what errors of the pipeline say', () => {
  it('of frames', async () => {
    const bytes = randomBytes(5);
    expect(await toldBy(() => frameReader(5, [{ final: false, bytes }]))).to.deep.equal({
      code: 'frame-forged',
      message: 'frame 0 of the object does not decipher: its bytes, its place or its key are not as sealed',
      hint: 'read from other providers; if it persists, the object was stored under another key',
      exitCode: integrity,
    });
    expect(await toldBy(() => frameReader(2_000_000, []).end())).to.deep.equal({
      code: 'frame-truncated',
      message: 'the object ends inside frame 0 of 2',
      hint: 'read from other providers: what was given back so far is right, but it is not all',
      exitCode: integrity,
    });
    expect(await toldBy(() => frameReader(5, [{ final: true, bytes }]).push(new Uint8Array(1)))).to.deep.equal({
      code: 'frame-surplus',
      message: 'there are bytes after the final frame of the object',
      hint: 'the object was not written by this format; read from other providers',
      exitCode: integrity,
    });
  });

  it('of codes', async () => {
    for (const [k, n] of [
      [0, 3],
      [4, 3],
      [1, 256],
      [1.5, 3],
      [1, 2.5],
    ] as const) {
      expect(await toldBy(() => checkCodeShape({ k, n }))).to.deep.equal({
        code: 'bad-code',
        message: `a code of ${k} of ${n} shards does not exist: needed is 1 <= k <= n <= 255`,
        hint: 'choose how many shards rebuild the object (k) and how many there are (n), such as 4 of 6',
        exitCode: usage,
      });
    }
    checkCodeShape({ k: 255, n: 255 });
    checkCodeShape({ k: 1, n: 1 });
  });

  it('of header units', async () => {
    const told = (change: (unit: Buffer) => void): Promise<Told> => {
      const unit = Buffer.from(encodeHeaderUnit(header));
      change(unit);
      return toldBy(() => decodeHeaderUnit(unit));
    };
    const bad = (what: string): Told => ({
      code: 'bad-header',
      message: `the header unit of a shard ${what}`,
      hint: 'the shard was not written by this format; read another shard of the object',
      exitCode: integrity,
    });
    expect(await toldBy(() => decodeHeaderUnit(new Uint8Array(7)))).to.deep.equal(bad('has 7 bytes instead of 65536'));
    expect(await told((unit) => (unit[3] = 0))).to.deep.equal(bad('does not begin with "STOW"'));
    expect(await told((unit) => unit.writeUInt32BE(UNIT_BYTES, 5))).to.deep.equal(
      bad('claims to be longer than its unit'),
    );
    expect(await told((unit) => (unit[UNIT_BYTES - 1] = 1))).to.deep.equal(bad('has bytes after its end'));
    for (const [version, hint] of [
      [0, 'the shard is damaged; read another shard of the object'],
      [2, 'update this program'],
    ] as const) {
      expect(await told((unit) => (unit[4] = version))).to.deep.equal({
        code: 'header-version',
        message: `the shard is of format version ${version}; this program reads version 1`,
        hint,
        exitCode: integrity,
      });
    }
    const fields = { ...header, cellBytes: 262_144, frameBytes: 1_048_576 };
    for (const [change, what] of [
      [{ k: 4 }, '✖ k <= n'],
      [{ objectKey: new Uint8Array(31) }, '✖ 32 bytes\n  → at objectKey'],
    ] as const) {
      const body = encodeCbor({ ...fields, ...change });
      const wrong = told((unit) => {
        unit.fill(0, 9);
        unit.set(body, 9);
        unit.writeUInt32BE(body.byteLength, 5);
      });
      expect(await wrong).to.deep.equal(bad(`has wrong fields: ${what}`));
    }
  });

  it('of envelopes', async () => {
    const aad = Uint8Array.of(1);
    const sealed = await sealEnvelope(ownerPublicKey(privateKey), content, aad);
    expect(await toldBy(async () => openEnvelope(randomBytes(32), sealed, aad))).to.deep.equal({
      code: 'envelope-closed',
      message: 'the envelope of a shard does not open with this wallet: it is sealed for another one, or was altered',
      hint: 'check which wallet stored the object; what others share with this one is read with --from',
      exitCode: integrity,
    });
    const unknown = {
      code: 'bad-envelope',
      message:
        'the description of an object is not one that this version understands: ✖ Invalid option: expected one of "file"|"tar"|"pack"\n  → at kind',
      hint: 'names have at most 4096 bytes; a newer version may have written it',
      exitCode: usage,
    };
    const later = { ...content, kind: 'disk' };
    const asSealed = later as unknown as typeof content;
    expect(await toldBy(async () => sealEnvelope(ownerPublicKey(privateKey), asSealed, aad))).to.deep.equal(unknown);
    const info = Buffer.from('stowmarket/envelope/v1');
    const sealedLater = await hpkeSeal(ownerPublicKey(privateKey), encodeCbor(later), { info, aad });
    expect(await toldBy(async () => openEnvelope(privateKey, sealedLater, aad))).to.deep.equal(unknown);
  });

  it('of shares', async () => {
    const bad = (details: string): Told => ({
      code: 'bad-share',
      message: `the description in a share is not one that this version understands: ${details}`,
      hint: 'ask the owner to share the object again; a newer version may have written it',
      exitCode: integrity,
    });
    expect(await toldBy(() => decodePublicShare(Uint8Array.of(0xff)))).to.deep.equal(
      bad('it is no deterministic CBOR'),
    );
    expect(await toldBy(() => encodePublicShare({ ...description, k: 4 }))).to.deep.equal(
      bad('more shards are needed than there are'),
    );
    expect(await toldBy(() => encodePublicShare({ ...description, n: 256 }))).to.deep.equal(
      bad('✖ Too big: expected number to be <=255\n  → at n'),
    );
    expect(await toldBy(async () => sealShare(new Uint8Array(32), description, subject))).to.deep.equal({
      code: 'reader-key-bad',
      message: 'the public key that the reader published is no X25519 key that anything can be sealed for',
      hint: 'ask the reader to publish its key again: stowmarket wallet publish-key',
      exitCode: usage,
    });
    const sealed = await sealShare(ownerPublicKey(privateKey), description, subject);
    expect(await toldBy(async () => openShare(randomBytes(32), sealed, subject))).to.deep.equal({
      code: 'share-closed',
      message:
        'the envelope of a share does not open with this wallet: it was sealed for another key, or for another object',
      hint: 'publish your key with `stowmarket wallet publish-key`, then ask the owner to share the object again',
      exitCode: integrity,
    });
  });

  it('of signatures that give no storage key', async () => {
    expect(await toldBy(() => deriveOwnerKey(new Uint8Array(64)))).to.deep.equal({
      code: 'bad-storage-signature',
      message: 'the wallet did not give a 65-byte secp256k1 signature, from which the storage key derives',
      hint: 'use a plain key wallet: contract wallets sign in other forms',
      exitCode: usage,
    });
  });

  it('of reading an object', async () => {
    const reader = (index: number, read: ShardReader['readUnits']): ShardReader => ({ index, readUnits: read });
    const whole = reader(1, async (_, count) => new Uint8Array(count * UNIT_BYTES));
    const range = { from: 1, to: 6 };
    expect(await toldBy(async () => gather(decodeObject({ header, secret, readers: [], range })))).to.deep.equal({
      code: 'bad-range',
      message: 'bytes 1 to 6 do not lie within an object of 5 bytes',
      hint: 'ask for a range with 0 <= from <= to <= its size',
      exitCode: usage,
    });
    const failing = reader(0, async () => Promise.reject(new Error('hung up')));
    expect(await toldBy(async () => gather(decodeObject({ header, secret, readers: [whole, failing] })))).to.deep.equal(
      {
        code: 'too-few-shards',
        message: "2 of the object's 3 shards are needed to read it, and fewer can be read (shard 0: hung up)",
        hint: 'try again when more of its providers are reachable',
        exitCode: ExitCode.tryAgain,
      },
    );
    const reasons: unknown[] = [];
    const short = reader(4, async () => new Uint8Array(UNIT_BYTES));
    const source = { failed: (_: unknown, reason: unknown) => reasons.push(reason), next: async () => undefined };
    const reads = new RacedReads(new ReaderSet({ k: 1, n: 3 }, [short], source));
    const planReads = (readers: readonly ShardReader[]) => new Map(readers.map((one) => [one, { from: 3, to: 5 }]));
    expect(await toldBy(async () => reads.fetch(2, planReads, new AbortController().signal))).to.include({
      code: 'too-few-shards',
    });
    expect(reasons[0]).to.be.instanceOf(StowError).and.to.include({
      code: 'short-read',
      message: 'asked for units 3 to 4 of shard 4, got 65536 bytes',
      hint: 'the provider holds less than it signed for; it was replaced where another shard was left',
      exitCode: integrity,
    });
  });
});
