import type { ObjectKind } from '../catalogue.ts';

/** What a target knows about the object before its bytes come. */
export interface ObjectFacts {
  kind: ObjectKind;
  plainBytes: number;
  mode?: number | undefined;
  /** Unix milliseconds. */
  mtimeMs?: number | undefined;
}

/**
 * Where a download goes. Nothing appears under the final name until every byte is there and verified; after a failure or
 * ctrl-C nothing is left behind.
 */
export interface GetTarget {
  /** For messages: a path, or `standard output`. */
  readonly label: string;
  /**
   * Refuses early what would fail late: an existing file, a missing folder, too little space. Called once, before any download.
   * @throws StowError `output-exists`, `output-folder-missing`, `output-disk-full`
   */
  prepare(facts: ObjectFacts): Promise<void>;
  /**
   * Takes all bytes and puts them in place. On any failure, of the source's too, it cleans up and throws.
   * @throws StowError `output-disk-full`, `output-failed`, `output-closed`
   */
  receive(bytes: AsyncIterable<Uint8Array>, facts: ObjectFacts): Promise<void>;
}
