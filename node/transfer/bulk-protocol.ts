import { z } from 'zod';

import { fromHex, toHex } from '../core/bytes.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { DIGEST_BYTES, MAX_UNITS } from '../core/units.ts';

/** Paths and JSON bodies of bulk transport, as both sides use them. */

/** Header that carries a read ticket, as the authorizer understands it. */
export const TICKET_HEADER = 'authorization';

/** Header that names the contract under which a read is paid: 64 hex digits. */
export const CONTRACT_HEADER = 'stowmarket-contract';
export const CONTRACTS_PATH = '/v1/retrieval/contracts';
export const VOUCHERS_PATH = '/v1/retrieval/vouchers';

const ROOT_HEX = '[0-9a-f]{64}';
const UPLOAD_PATH = /^\/v1\/shards\/([A-Za-z0-9_-]{1,64})(?:\?from=(\d{1,10}))?$/;
const UPLOAD_STATE_PATH = /^\/v1\/shards\/([A-Za-z0-9_-]{1,64})\/upload$/;
const READ_PATH = new RegExp(`^/v1/shards/(${ROOT_HEX})/units\\?from=(\\d{1,10})&count=(\\d{1,10})$`);
const ROOTS_PATH = new RegExp(`^/v1/shards/(${ROOT_HEX})/unit-roots$`);
const OFFER_PATH = new RegExp(`^/v1/shards/(${ROOT_HEX})/offer$`);
const CONTRACT = new RegExp(`^${ROOT_HEX}$`);

export type BulkRequest =
  | { kind: 'upload'; reservationId: string; from: number }
  | { kind: 'upload-state'; reservationId: string }
  | { kind: 'units'; root: Uint8Array; from: number; count: number }
  | { kind: 'unit-roots'; root: Uint8Array }
  | { kind: 'offer'; root: Uint8Array }
  | { kind: 'agree' }
  | { kind: 'pay' };

/** Reads method and path of a request; undefined for any other. */
export function parseRequest(method: string | undefined, path: string | undefined): BulkRequest | undefined {
  if (path === undefined) return undefined;
  if (method === 'PUT') {
    const [, reservationId, from = '0'] = UPLOAD_PATH.exec(path) ?? [];
    if (reservationId === undefined || Number(from) >= MAX_UNITS) return undefined;
    return { kind: 'upload', reservationId, from: Number(from) };
  }
  if (method === 'POST') return POSTED[path];
  if (method !== 'GET') return undefined;
  const [, reservationId] = UPLOAD_STATE_PATH.exec(path) ?? [];
  if (reservationId !== undefined) return { kind: 'upload-state', reservationId };
  const [, roots] = ROOTS_PATH.exec(path) ?? [];
  if (roots !== undefined) return { kind: 'unit-roots', root: fromHex(roots, DIGEST_BYTES) };
  const [, offered] = OFFER_PATH.exec(path) ?? [];
  if (offered !== undefined) return { kind: 'offer', root: fromHex(offered, DIGEST_BYTES) };
  const [, root, from, count] = READ_PATH.exec(path) ?? [];
  if (root === undefined) return undefined;
  const range = { from: Number(from), count: Number(count) };
  if (range.count < 1 || range.from + range.count > MAX_UNITS) return undefined;
  return { kind: 'units', root: fromHex(root, DIGEST_BYTES), ...range };
}

const POSTED: Readonly<Record<string, BulkRequest | undefined>> = {
  [CONTRACTS_PATH]: { kind: 'agree' },
  [VOUCHERS_PATH]: { kind: 'pay' },
};

/** The contract that a read names; undefined for none, or for what is no digest. */
export function parseContract(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && CONTRACT.test(header) ? header : undefined;
}

/** @param from units in upload order that the provider has already */
export function uploadPath(reservationId: string, from: number): string {
  return `/v1/shards/${reservationId}${from === 0 ? '' : `?from=${from}`}`;
}

export function uploadStatePath(reservationId: string): string {
  return `/v1/shards/${reservationId}/upload`;
}

export function unitsPath(root: Uint8Array, from: number, count: number): string {
  return `/v1/shards/${toHex(root)}/units?from=${from}&count=${count}`;
}

export function unitRootsPath(root: Uint8Array): string {
  return `/v1/shards/${toHex(root)}/unit-roots`;
}

export function offerPath(root: Uint8Array): string {
  return `/v1/shards/${toHex(root)}/offer`;
}

/** What a provider answers to a complete upload. */
export interface UploadResult {
  /** 32 bytes. */
  root: Uint8Array;
  units: number;
}

const uploadResultSchema = z.strictObject({
  root: z.string().regex(new RegExp(`^${ROOT_HEX}$`)),
  units: z.int().min(1).max(MAX_UNITS),
});

export function encodeUploadResult({ root, units }: UploadResult): string {
  return JSON.stringify({ root: toHex(root), units });
}

/** Throws ZodError or SyntaxError for anything else. */
export function parseUploadResult(body: string): UploadResult {
  const { root, units } = uploadResultSchema.parse(JSON.parse(body));
  return { root: fromHex(root, DIGEST_BYTES), units };
}

/** How far an upload is. */
export interface UploadState {
  /** Units in upload order that the provider keeps; all of the shard's once it has arrived. */
  units: number;
  /** Of a shard that has arrived: its root, 32 bytes. */
  root?: Uint8Array | undefined;
}

const uploadStateSchema = z.strictObject({
  units: z.int().min(0).max(MAX_UNITS),
  root: z
    .string()
    .regex(new RegExp(`^${ROOT_HEX}$`))
    .optional(),
});

export function encodeUploadState({ units, root }: UploadState): string {
  return JSON.stringify(root === undefined ? { units } : { units, root: toHex(root) });
}

/** Throws ZodError or SyntaxError for anything else. */
export function parseUploadState(body: string): UploadState {
  const { units, root } = uploadStateSchema.parse(JSON.parse(body));
  return root === undefined ? { units } : { units, root: fromHex(root, DIGEST_BYTES) };
}

const MAX_TEXT_CHARS = 500;
const errorSchema = z.object({
  code: z.string().regex(/^[a-z0-9-]{1,64}$/),
  message: z.string().max(MAX_TEXT_CHARS),
  hint: z.string().max(MAX_TEXT_CHARS).optional(),
  retryable: z.boolean().optional(),
});

export function encodeError(error: StowError): string {
  const { code, message, hint, retryable } = error;
  const text = { message: message.slice(0, MAX_TEXT_CHARS), hint: hint?.slice(0, MAX_TEXT_CHARS) };
  return JSON.stringify({ code, ...text, ...(retryable ? { retryable } : {}) });
}

/** The StowError for an error answer. Exit code and identity are ours; code and words are the peer's. */
export function parseError(status: number, body: string, who: string): StowError {
  const fallback = { code: 'transfer-refused', message: `HTTP status ${status}`, retryable: status >= 500 };
  const { code, message, hint, retryable } = errorSchema.catch(() => fallback).parse(tryJson(body));
  return new StowError({
    code,
    message: `${who} refused: ${printable(message)}`,
    hint: hint === undefined ? 'use another provider' : printable(hint),
    retryable,
    exitCode: EXIT_CODES[status],
  });
}

const EXIT_CODES: Readonly<Record<number, ExitCode>> = { 402: ExitCode.funds, 404: ExitCode.notFound };

const STATUS: Readonly<Record<ExitCode, number>> = {
  [ExitCode.general]: 500,
  [ExitCode.usage]: 400,
  [ExitCode.partial]: 500,
  [ExitCode.notFound]: 404,
  [ExitCode.tryAgain]: 503,
  [ExitCode.funds]: 402,
  [ExitCode.integrity]: 422,
  [ExitCode.interrupted]: 503,
};

/** HTTP status for a failure of the server's own parts. */
export function statusOf(error: StowError): number {
  return OWN_STATUS[error.code] ?? STATUS[error.exitCode];
}

const OWN_STATUS: Readonly<Record<string, number>> = {
  'transfer-not-allowed': 403,
  'transfer-no-route': 404,
  'transfer-too-long': 413,
  'transfer-busy': 503,
  'upload-wrong-offset': 409,
};

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    return messageOf(error);
  }
}
