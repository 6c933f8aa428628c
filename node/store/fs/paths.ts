import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { assert } from '../../core/assert.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { UPLOAD_NAME } from '../shard-store.ts';
import { checkRoot } from '../store-errors.ts';

const SHARD_SUFFIX = '.shard';
const TREE_SUFFIX = '.tree';
const PART_SUFFIX = '.part';
const ROOTS_SUFFIX = '.roots';
const HEX_NAME = /^[0-9a-f]{64}$/;

/** Where the files of a store lie. Every name is the hex of a 32-byte root, or random. */
export class StorePaths {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Half-written files, all worthless after a restart. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  /** Uploads under way, and those that broke off. */
  get uploads(): string {
    return join(this.folder, 'uploads');
  }

  get shards(): string {
    return join(this.folder, 'shards');
  }

  /** The 256 folders that shards spread over by the first byte of their root. */
  get fanout(): string[] {
    return Array.from({ length: 256 }, (_, byte) => join(this.shards, byte.toString(16).padStart(2, '0')));
  }

  newTemporary(): string {
    return join(this.temporary, `${randomUUID()}.part`);
  }

  /** What came of an upload: the shard's bytes, each at its place. */
  partOf(upload: string): string {
    return this.#ofUpload(upload, PART_SUFFIX);
  }

  /** The roots of its units 1, 2, … as they came. */
  rootsOf(upload: string): string {
    return this.#ofUpload(upload, ROOTS_SUFFIX);
  }

  #ofUpload(upload: string, suffix: string): string {
    assert(UPLOAD_NAME.test(upload), 'the name of an upload names a file');
    return join(this.uploads, upload + suffix);
  }

  folderOf(root: Uint8Array): string {
    checkRoot(root);
    return join(this.shards, toHex(root.subarray(0, 1)));
  }

  shardOf(root: Uint8Array): string {
    return join(this.folderOf(root), toHex(root) + SHARD_SUFFIX);
  }

  treeOf(root: Uint8Array): string {
    return join(this.folderOf(root), toHex(root) + TREE_SUFFIX);
  }
}

/** What a file name in a fan-out folder stands for; undefined for names that the store does not write. */
export function parseName(name: string): { kind: 'shard' | 'tree'; root: Uint8Array } | undefined {
  const kind = name.endsWith(SHARD_SUFFIX) ? 'shard' : 'tree';
  const suffix = kind === 'shard' ? SHARD_SUFFIX : TREE_SUFFIX;
  const hex = name.slice(0, -suffix.length);
  if (!name.endsWith(suffix) || !HEX_NAME.test(hex)) return undefined;
  return { kind, root: fromHex(hex, DIGEST_BYTES) };
}

/** The upload that a file belongs to; undefined for names that the store does not write. */
export function uploadOf(name: string): string | undefined {
  const suffix = name.endsWith(PART_SUFFIX) ? PART_SUFFIX : ROOTS_SUFFIX;
  const upload = name.slice(0, -suffix.length);
  return name.endsWith(suffix) && UPLOAD_NAME.test(upload) ? upload : undefined;
}
