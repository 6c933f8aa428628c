import { UNIT_BYTES } from '../core/units.ts';

/** Limits and timings of bulk transport. Each says why it has its value. */

const SECOND_MS = 1_000;
const MEBIBYTE = 1_048_576;

/** Bytes in flight per stream and per connection: 1 Gbit/s at 130 ms. With HTTP/2's default of 64 KiB, loopback gets a third. */
export const WINDOW_BYTES = 16 * MEBIBYTE;
/** Native memory of one session, in MB, for headers and frames not sent yet; new streams are refused beyond. */
export const SESSION_MEMORY_MB = 64;
/** Streams of one connection: a client reads or writes a few shards at a time. */
export const MAX_STREAMS_PER_SESSION = 32;
/** Connections of all peers to one server. */
export const MAX_CONNECTIONS = 512;
/** Uploads at once, from all peers: each may hold a full window when the disk is slow. */
export const MAX_UPLOADS = 32;
/** Downloads at once. Each holds one block and a file handle. */
export const MAX_READS = 256;
/** Requests have no more headers than this; the ticket is the largest. */
export const MAX_HEADER_PAIRS = 32;
export const MAX_HEADER_BYTES = 8_192;

/** From TCP connect to a verified certificate. */
export const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
/** A connection without streams is closed after this. */
export const IDLE_SESSION_MS = 60 * SECOND_MS;
/** Answers to small requests, and the first byte of a read. */
export const RESPONSE_TIMEOUT_MS = 30 * SECOND_MS;
/** After the last byte of an upload the provider finishes its tree and flushes the file to disk. */
export const FINISH_TIMEOUT_MS = 120 * SECOND_MS;
/** A stopping server lets streams finish for this long. */
export const DRAIN_TIMEOUT_MS = 10 * SECOND_MS;

/**
 * The slowest peer that is served: less than MIN_WINDOW_BYTES in PROGRESS_WINDOW_MS, about 9 kB/s, ends the stream. Time in
 * which we keep the peer waiting does not count. Without this rule, a few thousand idle streams would hold every slot.
 */
export const PROGRESS_WINDOW_MS = 30 * SECOND_MS;
export const MIN_WINDOW_BYTES = 4 * UNIT_BYTES;

/** What an upload hands to its sink at once: few large writes are twice as fast on disk as many small ones. */
export const UPLOAD_BLOCK_BYTES = MEBIBYTE;
/** What a download hands to its reader at once: one cell of a stripe. */
export const READ_BLOCK_BYTES = 4 * UNIT_BYTES;

/** JSON bodies, errors and upload results: both are below 1 KiB. */
export const MAX_JSON_BYTES = 16_384;
/** Offers, contracts and vouchers, and the answers to them: below 1 KiB each. */
export const MAX_PAYMENT_BYTES = 4_096;
/** Requests about payments at once: each is a signature to check and a write to disk. */
export const MAX_PAYMENTS = 256;
/** 32 bytes per unit: roots of a shard of 64 GiB. Larger shards are refused by readers. */
export const MAX_UNIT_ROOTS_BYTES = 32 * MEBIBYTE;
