import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../core/clock.ts';
import { messageOf, systemCode } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { WrongBytes } from '../../transfer/read/wrong-bytes.ts';
import { decodeEvidence, encodeEvidence } from './evidence-file.ts';
import { sha256, type Evidence } from './evidence.ts';

/** Newest wrong answers that are kept. A provider is dropped at its first in a read, so there are one or two from a read (it reads ahead). */
const MAX_RECORDS = 1_000;
/** Newest of them whose bytes are kept, too: of single units, 4 MiB in all. */
const MAX_BODIES = 64;
/** Longest answer whose bytes are kept: the unit roots of a shard of 2 GiB. */
const MAX_BODY_BYTES = 1_048_576;

/** A record with where it lies. */
export interface KeptEvidence extends Evidence {
  /** Its JSON file. */
  file: string;
  /** File of the bytes that came; undefined when they were too many or too old to keep. */
  bodyFile: string | undefined;
}

export interface EvidenceComponents {
  clock: Pick<Clock, 'nowMs'>;
  logger: Logger;
}

/**
 * Wrong answers of providers in one market, a file each, over restarts. Their names begin with their time, so that the order of names is
 * that of time. Several processes may write at once.
 */
export class EvidenceLog {
  readonly #folder: string;
  readonly #components: EvidenceComponents;

  /** @param folder of one market; made when there is something to keep */
  constructor(folder: string, components: EvidenceComponents) {
    this.#folder = folder;
    this.#components = components;
  }

  /** Keeps a wrong answer. Never throws: a read goes on elsewhere whether it could be written down or not. */
  keep(found: WrongBytes): void {
    try {
      this.#write(found);
      this.#forget();
    } catch (error) {
      const { provider, shardIndex } = found.holder;
      this.#components.logger.warn(
        { provider: provider.id, shardIndex, reason: messageOf(error) },
        'evidence was not kept',
      );
    }
  }

  /** All that is kept, oldest first. Files that are not evidence of this version are passed over. */
  list(): KeptEvidence[] {
    const names = this.#names();
    return names.filter(isRecord).flatMap((name) => {
      const file = join(this.#folder, name);
      const evidence = decodeEvidence(readFileSync(file, 'utf8'));
      const bodyName = bodyOf(name);
      const bodyFile = names.includes(bodyName) ? join(this.#folder, bodyName) : undefined;
      return evidence === undefined ? [] : [{ ...evidence, file, bodyFile }];
    });
  }

  /** The bytes of a record, where they are kept. */
  bytesOf({ bodyFile }: KeptEvidence): Uint8Array | undefined {
    return bodyFile === undefined ? undefined : readFileSync(bodyFile);
  }

  #write(found: WrongBytes): void {
    const { holder, bytes } = found;
    const evidence: Evidence = {
      atMs: this.#components.clock.nowMs(),
      agreement: holder.agreement,
      provider: holder.provider.id,
      peerId: holder.provider.peerId,
      shardIndex: holder.shardIndex,
      root: holder.root,
      units: holder.units,
      asked:
        found.what === 'unit'
          ? { what: found.what, unit: found.unit, unitRoot: found.unitRoot, path: found.path }
          : { what: found.what },
      receivedBytes: bytes.byteLength,
      receivedSha256: sha256(bytes),
    };
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const name = nameOf(evidence);
    // The record last: one that is there has its bytes.
    if (bytes.byteLength <= MAX_BODY_BYTES) this.#place(bodyOf(name), bytes);
    this.#place(name, encodeEvidence(evidence));
  }

  #place(name: string, content: Uint8Array | string): void {
    const path = join(this.#folder, name);
    const temporary = `${path}.part`;
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  }

  #forget(): void {
    const records = this.#names().filter(isRecord);
    for (const name of records.slice(0, -MAX_RECORDS)) rmSync(join(this.#folder, name), { force: true });
    for (const name of records.slice(0, -MAX_BODIES)) rmSync(join(this.#folder, bodyOf(name)), { force: true });
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder).toSorted();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

/** `20261126T194003123Z-5.17-unit-12-9f3c.json` */
function nameOf({ atMs, agreement, asked }: Evidence): string {
  const time = new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');
  const what = asked.what === 'unit' ? `unit-${asked.unit}` : asked.what;
  return `${time}-${formatAgreementId(agreement)}-${what}-${randomBytes(4).toString('hex')}.json`;
}

function isRecord(name: string): boolean {
  return name.endsWith('.json');
}

function bodyOf(name: string): string {
  return name.replace(/\.json$/, '.bin');
}
