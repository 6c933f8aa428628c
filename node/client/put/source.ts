import type { ObjectKind } from '../catalogue.ts';

/** What is to be stored, as the upload sees it: bytes in order, from the start, as often as `rereadable` says. */
export interface PutSource {
  readonly kind: ObjectKind;
  /** What the user called it, for messages: a path, or `standard input`. */
  readonly label: string;
  /** Name of the object when the user gives none; absent for a pipe. */
  readonly defaultName?: string;
  /** Most plaintext bytes that `open` yields. Room for that many is reserved; only what is really stored is paid. */
  readonly maxBytes: number;
  /** Whether `maxBytes` is exact. */
  readonly exact: boolean;
  /** Whether `open` may be called again, as replacing a failed provider needs. */
  readonly rereadable: boolean;
  /** Permission bits of a file. */
  readonly mode?: number;
  /** Unix milliseconds of a file's last change. */
  readonly mtimeMs?: number;
  /**
   * Starts a pass over the bytes. A chunk is valid until the next is asked for: its memory is used again then.
   * Fails with `source-changed` when they are not those that the first look saw, `source-unreadable` when the disk fails.
   */
  open(options: { signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>;
}

/** One read: a frame of plaintext. Smaller reads cost system calls, larger ones memory for nothing. */
export const READ_BYTES = 1_048_576;
