import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';

import { concat, fromHex, toHex, uint32be } from '../../../../node/core/bytes.ts';
import { encodeCbor } from '../../../../node/core/cbor.ts';
import {
  decodeSegmentIndex,
  encodeSegmentIndex,
  headBytesOf,
  MAX_FILE_BYTES,
  placedFiles,
  PREFIX_BYTES,
  type PackRecord,
  type SegmentIndex,
} from '../../../../node/pipeline/pack/segment-index.ts';
import { seededBytes } from '../../../vectors/reference/bytes.ts';
import { codeOf } from '../object-fixture.ts';
import { contentFor, fileRecord, recordsOf, runs, write } from './samples.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const sample: SegmentIndex = {
  replaces: [key(1), key(2)],
  records: [fileRecord('a/b', 5, 3), { kind: 'deletion', name: 'gone', at: 4 }, fileRecord('ü', 6, 0)],
};

const vectors = JSON.parse(readFileSync(new URL('../../../vectors/pack.json', import.meta.url), 'utf8')) as {
  segments: {
    replaces: string[];
    records: [kind: number, name: string, at: number, sizeBytes?: number, mode?: number, mtimeMs?: number][];
    head: string;
    plainBytes: number;
    sha256: string;
    files: { name: string; offset: number; sha256: string }[];
  }[];
};

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A head around any index. */
function headOf(value: unknown): Uint8Array {
  const body = encodeCbor(value);
  const prefix = concat(Buffer.from('STWP'), Uint8Array.of(1, 0, 0, 0), uint32be(body.byteLength));
  return concat(prefix, createHash('sha256').update(body).digest(), body);
}

async function refusal(head: Uint8Array, plainBytes: number): Promise<unknown> {
  return codeOf((async () => decodeSegmentIndex(head, plainBytes))());
}

describe('pack segment', () => {
  it('is what docs/formats.md says, byte for byte', () => {
    const head = encodeSegmentIndex({
      replaces: [],
      records: [fileRecord('a', 5, 3), { kind: 'deletion', name: 'b', at: 6 }],
    });
    // a2, "records": [[1, "a", 5, 3, 0o640, 5], [0, "b", 6]], "replaces": []
    const body = Buffer.from(
      'a2677265636f72647382860161610503190 1a00583006162 0668 7265706c6163657380'.replaceAll(' ', ''),
      'hex',
    );
    expect(Buffer.from(head.subarray(PREFIX_BYTES)).toString('hex')).to.equal(body.toString('hex'));
    expect(Buffer.from(head.subarray(0, 12)).toString('hex')).to.equal(
      `5354575001000000${body.byteLength.toString(16).padStart(8, '0')}`,
    );
    expect(head.subarray(12, 44)).to.deep.equal(new Uint8Array(createHash('sha256').update(body).digest()));
  });

  it('agrees with another encoder, to the byte', () => {
    for (const { replaces, records, head, plainBytes, sha256, files } of vectors.segments) {
      const index = {
        replaces: replaces.map((text) => fromHex(text, 32)),
        records: records.map(([kind, name, at, sizeBytes = 0, mode = 0, mtimeMs = 0]): PackRecord =>
          kind === 0 ? { kind: 'deletion', name, at } : { kind: 'file', name, at, sizeBytes, mode, mtimeMs },
        ),
      };
      const encoded = encodeSegmentIndex(index);
      expect(toHex(encoded)).to.equal(head);
      expect(decodeSegmentIndex(fromHex(head), plainBytes)).to.deep.equal(index);
      const contents = records.map(([, , , sizeBytes = 0], at) => seededBytes(sizeBytes, at));
      const plain = concat(encoded, ...contents);
      expect([plain.byteLength, digestOf(plain)]).to.deep.equal([plainBytes, sha256]);
      const placed = placedFiles(index, encoded.byteLength).map(({ file, offset }) => ({
        name: file.name,
        offset,
        sha256: digestOf(plain.subarray(offset, offset + file.sizeBytes)),
      }));
      expect(placed).to.deep.equal(files);
    }
  });

  it('gives back what was written, and each file its bytes', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 2 ** 45 }), (run, at) => {
        const segment = write({ replaces: [key(3)], records: recordsOf(run, at) });
        const head = segment.bytes.subarray(0, headBytesOf(segment.bytes.subarray(0, PREFIX_BYTES)));
        const index = decodeSegmentIndex(head, segment.bytes.byteLength);
        expect(index).to.deep.equal(segment.index);
        for (const { file, offset } of placedFiles(index, head.byteLength))
          expect(segment.bytes.slice(offset, offset + file.sizeBytes)).to.deep.equal(contentFor(file));
      }),
    );
  });

  it('is refused with any bit of its head flipped, and cut anywhere', async () => {
    const { bytes, headBytes } = write(sample);
    const head = bytes.slice(0, headBytes);
    for (let bit = 0; bit < head.byteLength * 8; bit++) {
      const flipped = head.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await refusal(flipped, bytes.byteLength), `bit ${bit}`).to.be.oneOf(['bad-pack', 'pack-version']);
    }
    for (let length = 0; length < head.byteLength; length++)
      expect(await refusal(head.subarray(0, length), bytes.byteLength), `cut at ${length}`).to.equal('bad-pack');
    for (const other of [headBytes, bytes.byteLength - 1, bytes.byteLength + 1])
      expect(await refusal(head, other)).to.equal('bad-pack');
  });

  it('is refused in every form that this version does not write', async () => {
    const none = { replaces: [], records: [] };
    expect(await refusal(headOf(none), headOf(none).byteLength)).to.equal('no error');
    for (const wrong of [
      { ...none, more: 1 },
      { records: [] },
      { ...none, replaces: [new Uint8Array(31)] },
      { ...none, records: [[2, 'a', 1]] },
      { ...none, records: [[0, '', 1]] },
      { ...none, records: [[0, 'a', -1]] },
      { ...none, records: [[0, 'a', 1, 1]] },
      { ...none, records: [[0, 'x'.repeat(1_025), 1]] },
      { ...none, records: [[1, 'a', 1, MAX_FILE_BYTES + 1, 0, 0]] },
      { ...none, records: [[1, 'a', 1, 0, 0o10000, 0]] },
      {
        ...none,
        records: [
          [0, 'a', 1],
          [0, 'a', 2],
        ],
      },
    ]) {
      const head = headOf(wrong);
      expect(await refusal(head, head.byteLength), JSON.stringify(wrong)).to.equal('bad-pack');
    }
    const later = headOf(none);
    later[4] = 2;
    expect(await refusal(later, later.byteLength)).to.equal('pack-version');
    const records = Array.from({ length: 65 }, (_, at) => fileRecord(`f${at}`, 1, MAX_FILE_BYTES));
    expect(await codeOf((async () => encodeSegmentIndex({ replaces: [], records }))())).to.equal('pack-segment-full');
  });
});
