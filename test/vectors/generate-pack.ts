import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { encode } from 'cbor2';
import { cdeEncodeOptions } from 'cbor2/encoder';
import { writeFileSync } from 'node:fs';

import { bigEndian, hex, seededBytes } from './reference/bytes.ts';

// Writes pack.json: segments of packs as docs/formats.md has them, worked out by cbor2 and @noble/hashes and from the text alone. None of the
// code under test is involved. Run: node test/vectors/generate-pack.ts

type Row = [1, name: string, at: number, size: number, mode: number, mtime: number] | [0, name: string, at: number];

function segment(replaces: readonly Uint8Array[], records: readonly Row[]): object {
  const index = encode({ replaces, records }, cdeEncodeOptions);
  const head = concatBytes(
    utf8ToBytes('STWP'),
    Uint8Array.of(1, 0, 0, 0),
    bigEndian(index.length, 4),
    sha256(index),
    index,
  );
  // File i holds bytes(size, i): where one begins shows.
  const contents = records.map((row, at) => (row[0] === 1 ? seededBytes(row[3], at) : new Uint8Array()));
  const plain = concatBytes(head, ...contents);
  let offset = head.length;
  const files = contents.flatMap((content, at) => {
    const [kind, name] = records[at] ?? [];
    const file = { name, offset, sha256: hex(sha256(content)) };
    offset += content.length;
    return kind === 1 ? [file] : [];
  });
  return {
    replaces: replaces.map(hex),
    records,
    head: hex(head),
    plainBytes: plain.length,
    sha256: hex(sha256(plain)),
    files,
  };
}

const segments = [
  segment([], []),
  segment([], [[1, 'a', 1_795_741_500_123, 3, 0o640, 1_500_000_000_500]]),
  segment(
    [seededBytes(32, 1), seededBytes(32, 2)],
    [
      [1, 'Übersicht/日本.txt', 2 ** 45, 70_000, 0o7777, 0],
      [0, 'gone', 23],
      [1, 'empty', 24, 0, 0, 255],
      [1, 'n'.repeat(1_024), 65_536, 65_535, 0o644, 4_294_967_296],
    ],
  ),
];

const about =
  'Segments of packs, docs/formats.md. Bytes are hex. Record i, where it is a file of n bytes, holds those of which byte j is (j + (j >> 8) x 31 + (j >> 16) x 59 + i) mod 256.';

writeFileSync(new URL('pack.json', import.meta.url), `${JSON.stringify({ about, segments }, null, 2)}\n`);
