import type { Hex } from '../../../node/market/messages.ts';

/** What the processes of the readers are told, and what they tell at the end. Large numbers are decimal text: they go through JSON. */
export interface ReaderSpec {
  readonly key: Hex;
  readonly channel: string;
  /** Token wei. */
  readonly deposit: string;
}

export interface Order {
  readonly rpcUrl: string;
  readonly deployments: string;
  readonly provider: { readonly id: number; readonly peerId: string; readonly bulk: string };
  readonly shard: { readonly agreement: string; readonly root: Hex; readonly units: number; readonly file: string };
  /** Token wei for a MiB. */
  readonly price: string;
  /** Where the readers keep what they promised, a file each. */
  readonly folder: string;
  readonly readers: readonly ReaderSpec[];
  readonly seconds: number;
}

export interface ReaderOutcome {
  readonly channel: string;
  /** Bytes that turned out right, and of how many reads. */
  readonly bytes: number;
  readonly reads: number;
  readonly vouchers: number;
  /** Token wei that it promised. */
  readonly promised: string;
  /** Milliseconds from asking to the first unit: of the first read, which connects and agrees on a contract, and of those after it. */
  readonly firstMs: number | undefined;
  readonly laterMs: readonly number[];
  /** What went wrong; empty where nothing did. */
  readonly failures: readonly string[];
}
