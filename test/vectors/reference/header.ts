import { x25519 } from '@noble/curves/ed25519.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { encode } from 'cbor2';
import { cdeEncodeOptions } from 'cbor2/encoder';
import * as hpke from 'hpke';

import { bigEndian, hex, seededBytes } from './bytes.ts';

const UNIT = 65_536;

/** Of every vector: whom envelopes are sealed for, and the ephemeral key that stands where chance would otherwise. */
export const OWNER_PRIVATE_KEY = seededBytes(32, 0x33);
const EPHEMERAL_PRIVATE_KEY = seededBytes(32, 0x44);

export interface SharedFields {
  objectKey: Uint8Array;
  k: number;
  n: number;
  plainBytes: number;
}

export type EnvelopeText = Record<string, Uint8Array | string | number>;

const suite = new hpke.CipherSuite(fixedKem, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES_256_GCM);

/** DHKEM(X25519, HKDF-SHA256) whose next ephemeral key is known beforehand. For vectors only. */
function fixedKem(): ReturnType<typeof hpke.KEM_DHKEM_X25519_HKDF_SHA256> {
  const kem = hpke.KEM_DHKEM_X25519_HKDF_SHA256();
  const usages: 'deriveBits'[] = ['deriveBits'];
  const jwk = {
    kty: 'OKP',
    crv: 'X25519',
    x: Buffer.from(x25519.getPublicKey(EPHEMERAL_PRIVATE_KEY)).toString('base64url'),
  };
  const d = Buffer.from(EPHEMERAL_PRIVATE_KEY).toString('base64url');
  return Object.assign(kem, {
    GenerateKeyPair: async () => ({
      publicKey: await crypto.subtle.importKey('jwk', jwk, 'X25519', true, []),
      privateKey: await crypto.subtle.importKey('jwk', { ...jwk, d }, 'X25519', false, usages),
    }),
  });
}

/** Seals under the fixed ephemeral key. */
async function seal(text: EnvelopeText, info: string, aad: Uint8Array): Promise<Uint8Array> {
  const recipient = await suite.DeserializePublicKey(x25519.getPublicKey(OWNER_PRIVATE_KEY));
  const { encapsulatedSecret, ciphertext } = await suite.Seal(recipient, deterministic(text), {
    info: utf8ToBytes(info),
    aad,
  });
  return concatBytes(encapsulatedSecret, ciphertext);
}

function deterministic(map: Record<string, unknown>): Uint8Array {
  return encode(map, cdeEncodeOptions);
}

function fieldsOf({ objectKey, k, n, plainBytes }: SharedFields): Record<string, unknown> {
  return { objectKey, k, n, cellBytes: 262_144, frameBytes: 1_048_576, plainBytes };
}

/** Encapsulated key, ciphertext, tag. */
export async function sealBy(shared: SharedFields, text: EnvelopeText): Promise<Uint8Array> {
  return seal(text, 'stowmarket/envelope/v1', deterministic(fieldsOf(shared)));
}

/** What an owner shares: sealed for a reader, here the holder of the same key, and in the clear. */
export async function shareVectors(): Promise<object[]> {
  const [owner, reader] = [seededBytes(20, 0x71), seededBytes(20, 0x72)];
  const texts: { objectKey: Uint8Array; text: EnvelopeText }[] = [
    {
      objectKey: seededBytes(32, 0x73),
      text: { secret: seededBytes(32, 0x74), name: 'a', kind: 'file', k: 1, n: 1, plainBytes: 0 },
    },
    {
      objectKey: seededBytes(32, 0x75),
      text: {
        secret: seededBytes(32, 0x76),
        name: 'Übersicht/日本',
        kind: 'tar',
        mode: 0o755,
        mtime: 1_790_000_000_123,
        k: 128,
        n: 255,
        plainBytes: 2 ** 53 - 1,
      },
    },
  ];
  const vectors = [];
  for (const { objectKey, text } of texts) {
    const aad = deterministic({ owner, reader, objectKey });
    const { secret, ...rest } = text;
    vectors.push({
      owner: hex(owner),
      reader: hex(reader),
      objectKey: hex(objectKey),
      description: { secret: hex(secret as Uint8Array), ...rest },
      additionalData: hex(aad),
      open: hex(deterministic(text)),
      sealed: hex(await seal(text, 'stowmarket/share/v1', aad)),
    });
  }
  return vectors;
}

/** What of unit 0 is not zero. */
export function headerStart(shared: SharedFields, index: number, envelope: Uint8Array): Uint8Array {
  const map = deterministic({ ...fieldsOf(shared), index, envelope });
  return concatBytes(utf8ToBytes('STOW'), Uint8Array.of(1), bigEndian(map.length, 4), map);
}

export function headerUnitBy(shared: SharedFields, index: number, envelope: Uint8Array): Uint8Array {
  const unit = new Uint8Array(UNIT);
  unit.set(headerStart(shared, index, envelope));
  return unit;
}

/** Envelopes with the fixed ephemeral key, and the header units that hold them. */
export async function headerVectors(): Promise<object> {
  const cases: { shared: SharedFields; index: number; text: EnvelopeText }[] = [
    {
      shared: { objectKey: seededBytes(32, 0x55), k: 1, n: 1, plainBytes: 0 },
      index: 0,
      text: { secret: seededBytes(32, 0x66), name: '', kind: 'file' },
    },
    {
      shared: { objectKey: seededBytes(32, 0x56), k: 4, n: 6, plainBytes: 123_456_789_012 },
      index: 5,
      text: {
        secret: seededBytes(32, 0x67),
        name: 'Übersicht/日本.txt',
        kind: 'file',
        mode: 0o640,
        mtime: 1_790_000_000_123,
      },
    },
    {
      shared: { objectKey: seededBytes(32, 0x57), k: 128, n: 255, plainBytes: 2 ** 53 - 1 },
      index: 254,
      text: { secret: seededBytes(32, 0x68), name: 'n'.repeat(4096), kind: 'tar', mode: 0o7777 },
    },
  ];
  const vectors = [];
  for (const { shared, index, text } of cases) {
    const envelope = await sealBy(shared, text);
    const { secret, ...rest } = text;
    vectors.push({
      ...shared,
      objectKey: hex(shared.objectKey),
      index,
      content: { secret: hex(secret as Uint8Array), ...rest },
      plaintext: hex(deterministic(text)),
      additionalData: hex(deterministic(fieldsOf(shared))),
      envelope: hex(envelope),
      unitStart: hex(headerStart(shared, index, envelope)),
    });
  }
  return {
    ownerPrivateKey: hex(OWNER_PRIVATE_KEY),
    ephemeralPrivateKey: hex(EPHEMERAL_PRIVATE_KEY),
    info: hex(utf8ToBytes('stowmarket/envelope/v1')),
    vectors,
  };
}
