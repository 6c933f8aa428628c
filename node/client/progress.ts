/** What a long job is doing now. Bytes are the caller's: plaintext read or written, never what coding adds. */
export interface ProgressEvent {
  phase: Phase;
  /** Bytes done in this phase; absent in phases that move none. */
  doneBytes?: number;
  /** Absent while unknown, as for a pipe. */
  totalBytes?: number | undefined;
  /** What is counted instead of bytes: `blocks`. */
  unit?: string;
  /** One short line about what happened: a provider that was replaced, a second pass. */
  note?: string;
}

export type Phase =
  | 'connect'
  | 'plan'
  | 'prepare'
  | 'bid'
  | 'reserve'
  | 'upload'
  | 'sign'
  | 'bring'
  | 'form'
  | 'locate'
  | 'verify'
  | 'download'
  | 'settle'
  | 'audit'
  | 'replay'
  | 'compare';

export type ProgressListener = (event: ProgressEvent) => void;

export const noProgress: ProgressListener = () => undefined;
