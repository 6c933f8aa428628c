import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import crypto, { createHash, randomBytes, type KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

import { FRAME_BYTES } from '../../../../node/core/units.ts';
import { ObjectEncoder } from '../../../../node/pipeline/encode/object-encoder.ts';
import { sealFrame } from '../../../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey, newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey, type EnvelopeContent } from '../../../../node/pipeline/header/envelope.ts';
import { newObjectKey } from '../../../../node/pipeline/object-key.ts';
import { EVERY_CASE } from '../../support/effort.ts';
import { chunksOf, codeOf, collect, OWNER_PRIVATE_KEY } from '../object-fixture.ts';

/** Frames sealed one by one: the ten million, or as many as take a second. */
const FRAMES = EVERY_CASE ? 10_000_000 : 60_000;

/** Watches every cipher that is made, whoever makes it: a pair of key and nonce may come again only with the same text. */
class NonceLedger {
  readonly #seen = new Map<string, Set<bigint>>();
  pairs = 0;
  repeats = 0;

  add(key: Buffer, nonce: Uint8Array): void {
    const fingerprint = key.toString('latin1');
    let nonces = this.#seen.get(fingerprint);
    if (nonces === undefined) this.#seen.set(fingerprint, (nonces = new Set()));
    const before = nonces.size;
    nonces.add(BigInt(`0x${Buffer.from(nonce).toString('hex')}`));
    if (nonces.size === before) this.repeats++;
    this.pairs++;
  }

  get keys(): number {
    return this.#seen.size;
  }

  /** Lets go of the keys so far; their fingerprints stay, so that a key that comes again is noticed. */
  forgetNonces(): void {
    for (const nonces of this.#seen.values()) nonces.clear();
  }
}

const original = crypto.createCipheriv;

function watch(ledger: NonceLedger): void {
  crypto.createCipheriv = ((algorithm: string, key: KeyObject, nonce: Uint8Array, options: never) => {
    ledger.add(key.export(), nonce);
    return original(algorithm as 'aes-256-gcm', key, nonce, options);
  }) as typeof original;
  syncBuiltinESMExports();
}

interface Described {
  objectKey: Uint8Array;
  content: EnvelopeContent;
}

/** What `put` makes anew for each object. */
function described(): Described {
  return {
    objectKey: newObjectKey(randomBytes(20)),
    content: { secret: newObjectSecret(), name: 'same/name', kind: 'file' },
  };
}

function encoderOf(
  { objectKey, content }: Described,
  plain: Uint8Array,
  shape: { k: number; n: number },
  envelope?: Uint8Array,
): ObjectEncoder {
  const owner = ownerPublicKey(OWNER_PRIVATE_KEY);
  return new ObjectEncoder(chunksOf(plain, 400_000), { objectKey, ...shape, owner, content, envelope });
}

async function digests(encoder: ObjectEncoder): Promise<string[]> {
  const shards = await Promise.all(encoder.shards.map(collect));
  return shards.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
}

describe('nonces', () => {
  let ledger: NonceLedger;
  beforeEach(() => {
    ledger = new NonceLedger();
    watch(ledger);
  });
  afterEach(() => {
    crypto.createCipheriv = original;
    syncBuiltinESMExports();
  });

  it(`never come twice under one key, over ${FRAMES} frames of objects and replicas`, function () {
    this.timeout(EVERY_CASE ? 3_600_000 : 30_000);
    const bytes = new Uint8Array(1);
    const perKey = EVERY_CASE ? 100_000 : 3_000;
    let keys = 0;
    while (ledger.pairs < FRAMES) {
      const { objectKey, content } = described();
      const replicas = keys % 2 === 0 ? [undefined] : [0, 1, 2];
      for (const replica of replicas) {
        const key = deriveFrameKey(content.secret, objectKey, replica);
        keys++;
        for (let index = 0; index < perKey; index++)
          sealFrame(key, objectKey, { index, final: index === perKey - 1, bytes });
      }
      expect(ledger.keys).to.equal(keys);
      expect(ledger.repeats).to.equal(0);
      ledger.forgetNonces();
    }
    expect(ledger.pairs).to.be.at.least(FRAMES);
  });

  for (const shape of [
    { k: 2, n: 3 },
    { k: 1, n: 3 },
  ]) {
    const streams = shape.k === 1 ? shape.n : 1;

    it(`never come twice in an object, nor in one stored over it under the same name (${shape.k} of ${shape.n})`, async () => {
      const plain = randomBytes(3 * FRAME_BYTES + 5);
      const first = await digests(encoderOf(described(), plain, shape));
      const second = await digests(encoderOf(described(), plain, shape));
      expect(ledger).to.include({ repeats: 0, pairs: 2 * 4 * streams, keys: 2 * streams });
      expect(new Set([...first, ...second]).size).to.equal(2 * shape.n);
    });

    it(`come again only for the same text, when a pass is repeated after a crash or a shard is rebuilt (${shape.k} of ${shape.n})`, async () => {
      const plain = randomBytes(2 * FRAME_BYTES + 9);
      const object = described();
      // A pass that dies midway, and the whole pass after it: what was sealed before comes out the same to the byte.
      const dying = encoderOf(object, plain, shape);
      await Promise.all(dying.shards.map(async (stream) => stream.next()));
      await Promise.all(dying.shards.map(async (stream) => stream.return?.()));
      expect(await codeOf(dying.result)).to.be.oneOf(['encode-abandoned', 'no error']);
      const encoder = encoderOf(object, plain, shape);
      const whole = await digests(encoder);
      const { envelope } = await encoder.result;
      expect(await digests(encoderOf(object, plain, shape, envelope))).to.deep.equal(whole);
      expect(ledger.keys).to.equal(streams);
      expect(ledger.repeats).to.be.greaterThan(0);
    });
  }

  it('rest on secrets that processes started alike do not share', () => {
    const script = `import { newObjectSecret } from ${JSON.stringify(new URL('../../../../node/pipeline/encrypt/frame-key.ts', import.meta.url).href)};
      for (let i = 0; i < 50; i++) console.log(Buffer.from(newObjectSecret()).toString('hex'));`;
    const start = (): string[] =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim()
        .split('\n');
    expect(new Set([...start(), ...start()]).size).to.equal(100);
  });
});
