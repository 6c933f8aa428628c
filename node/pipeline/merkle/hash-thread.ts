import module from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';

import { copyInto } from '../../core/bytes.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { unitRoot } from './unit-tree.ts';

/** Bytes that are hashed in place before the thread is started: it costs 40 ms and 10 MiB, which small objects are not worth. */
const START_AFTER_BYTES = 16 * 1_048_576;
/** The thread makes little garbage: V8's usual room for new objects would only be filled with it. */
const YOUNG_HEAP_MB = 2;

/** Units to hash, in memory that both threads see. */
export interface HashRequest {
  id: number;
  units: Uint8Array;
}

export interface HashAnswer {
  id: number;
  /** Packed, 32 bytes a unit. */
  roots: Uint8Array;
}

/** Roots of whole units, packed, 32 bytes each. */
export function rootsOfUnits(units: Uint8Array): Uint8Array {
  const roots = new Uint8Array((units.byteLength / UNIT_BYTES) * DIGEST_BYTES);
  for (let at = 0; at < units.byteLength; at += UNIT_BYTES) {
    roots.set(unitRoot(units.subarray(at, at + UNIT_BYTES)), (at / UNIT_BYTES) * DIGEST_BYTES);
  }
  return roots;
}

interface Job {
  units: Uint8Array;
  resolve: (roots: Uint8Array) => void;
  shared: SharedArrayBuffer | undefined;
}

/**
 * Hashes units on a second core, while the first one deciphers and talks to the network. A machine with one core, a short job and
 * a thread that broke are served in place: the roots are the same.
 */
class HashThread {
  #worker: Worker | undefined;
  #usable = availableParallelism() > 1;
  #hashedBytes = 0;
  #nextId = 0;
  readonly #jobs = new Map<number, Job>();
  readonly #free: SharedArrayBuffer[] = [];

  async roots(units: Uint8Array): Promise<Uint8Array> {
    this.#hashedBytes += units.byteLength;
    if (!this.#usable || this.#hashedBytes < START_AFTER_BYTES) return rootsOfUnits(units);
    const worker = (this.#worker ??= this.#start());
    const shared = units.buffer instanceof SharedArrayBuffer ? undefined : this.#share(units);
    const id = this.#nextId++;
    const answer = new Promise<Uint8Array>((resolve) => this.#jobs.set(id, { units, resolve, shared }));
    // Only a thread with work keeps the process from ending.
    if (this.#jobs.size === 1) worker.ref();
    const seen = shared === undefined ? units : new Uint8Array(shared, 0, units.byteLength);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ id, units: seen } satisfies HashRequest);
    return answer;
  }

  #start(): Worker {
    const worker = new Worker(new URL('hash-worker.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
      env: { ...process.env, ...compileCache() },
    });
    worker.unref();
    worker.on('message', ({ id, roots }: HashAnswer) => this.#finish(id, roots));
    worker.on('error', () => this.#giveUp());
    worker.on('exit', () => this.#giveUp());
    return worker;
  }

  #finish(id: number, roots: Uint8Array): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#jobs.delete(id);
    if (job.shared !== undefined) this.#free.push(job.shared);
    if (this.#jobs.size === 0) this.#worker?.unref();
    job.resolve(roots);
  }

  #giveUp(): void {
    this.#usable = false;
    for (const [id, { units }] of this.#jobs) this.#finish(id, rootsOfUnits(units));
  }

  /** A copy that the thread can see; a tenth of what hashing it costs. */
  #share(units: Uint8Array): SharedArrayBuffer {
    const fitting = this.#free.findIndex(({ byteLength }) => byteLength >= units.byteLength);
    const [shared = new SharedArrayBuffer(units.byteLength)] = fitting === -1 ? [] : this.#free.splice(fitting, 1);
    copyInto(new Uint8Array(shared), 0, units);
    return shared;
  }
}

/** A thread does not know of its parent's cache, and would load the stripper of types: 22 MiB. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  // Of this version of Node, within the folder that is meant.
  const folder = module.getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

const thread = new HashThread();

/**
 * Roots of whole units, packed, computed on another core where there is one.
 * @param units must stay as they are until the promise resolves; shared memory is not copied
 */
export async function hashUnits(units: Uint8Array): Promise<Uint8Array> {
  return thread.roots(units);
}
