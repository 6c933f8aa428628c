import type { ObjectKind } from '../catalogue.ts';

/** What is written: a folder out of its tar stream, or the bytes as they are. */
export type TargetKind = Exclude<ObjectKind, 'pack'>;

/** A segment of a pack that is asked for itself is bytes like any. */
export function targetKindOf(kind: ObjectKind): TargetKind {
  return kind === 'pack' ? 'file' : kind;
}

/** What a target knows about the object before its bytes come. */
export interface ObjectFacts {
  kind: TargetKind;
  plainBytes: number;
  mode?: number | undefined;
  /** Unix milliseconds. */
  mtimeMs?: number | undefined;
  /** Whether another wallet's owner made it: a folder of a stranger's gets no set-user-id bits, and no links that lead out of it. */
  foreign?: boolean | undefined;
}

/** The object's bytes from `fromByte` on, to be read once. Each chunk is memory of its own, the target's to free. */
export type ReadFrom = (fromByte: number) => AsyncIterable<Uint8Array>;

/** How a target treats what an interrupted run left. */
export interface ResumeInit {
  /** What is downloaded, in words that fit nothing else: the object's key, and the range if it is one. */
  object: string;
  /** Go on where that run stopped. */
  resume: boolean;
  /** Hears what became of it. */
  onNote: (text: string) => void;
}

/**
 * Where a download goes. Nothing appears under the final name until every byte is there and verified. After a failure or ctrl-C, what
 * came so far stays in a hidden folder beside it, for `--resume`; less than a few mebibytes are not kept.
 */
export interface GetTarget {
  /** For messages: a path, or `standard output`. */
  readonly label: string;
  /** Bytes that a failed `receive` left for a later run. */
  keptBytes(): number;
  /**
   * Refuses early what would fail late: an existing file, a missing folder, too little space. Called once, before any download.
   * @throws StowError `output-exists`, `output-folder-missing`, `output-disk-full`
   */
  prepare(facts: ObjectFacts): Promise<void>;
  /**
   * Takes all bytes that are not there yet and puts everything in place.
   * @throws StowError `output-disk-full`, `output-failed`, `output-closed`, `output-busy`
   */
  receive(read: ReadFrom, facts: ObjectFacts): Promise<void>;
}
