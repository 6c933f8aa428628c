import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { fromHex, toHex } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { checkRoot } from '../store-errors.ts';

const SHARD_SUFFIX = '.shard';
const TREE_SUFFIX = '.tree';
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
