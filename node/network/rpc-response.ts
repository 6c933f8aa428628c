import { z } from 'zod';

import { StowError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { decodeCbor } from '../core/cbor.ts';

/** A peer's words end up in front of the user: bounded, and one line. */
const MAX_TEXT_CHARS = 500;

const text = z.string().max(MAX_TEXT_CHARS);
const failureSchema = z.strictObject({
  ok: z.literal(false),
  code: z.string().regex(/^[a-z0-9-]{1,64}$/),
  message: text,
  hint: text.optional(),
  retryable: z.boolean().optional(),
});
const responseSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  failureSchema,
]);

export type RpcFailure = z.output<typeof failureSchema>;

/** What a StowError looks like on the wire. Cause and stack stay here. */
export function failure(error: Pick<StowError, 'code' | 'message' | 'hint' | 'retryable'>): RpcFailure {
  return {
    ok: false,
    code: error.code,
    message: error.message.slice(0, MAX_TEXT_CHARS),
    ...(error.hint === undefined ? {} : { hint: error.hint.slice(0, MAX_TEXT_CHARS) }),
    ...(error.retryable ? { retryable: true } : {}),
  };
}

/**
 * The value of a successful response, checked.
 * @throws StowError the peer's failure under the peer's code, or `rpc-bad-response`
 */
export function parseResponse<T>(bytes: Uint8Array, schema: z.ZodType<T>, call: { peer: string; protocol: string }): T {
  const response = responseSchema.safeParse(decodeOrUndefined(bytes));
  if (!response.success) throw badResponse(call, 'it is no response', response.error);
  if (!response.data.ok) throw peerFailure(response.data, call);
  const value = schema.safeParse(response.data.value);
  if (!value.success) throw badResponse(call, value.error.issues[0]?.message ?? 'wrong shape', value.error);
  return value.data;
}

function decodeOrUndefined(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes);
  } catch {
    return undefined;
  }
}

/** The exit code is never the peer's to choose: it follows from `retryable` alone. */
function peerFailure(failed: RpcFailure, call: { peer: string }): StowError {
  return new StowError({
    code: failed.code,
    message: `peer ${call.peer} refused: ${printable(failed.message)}`,
    hint: failed.hint === undefined ? undefined : printable(failed.hint),
    retryable: failed.retryable,
  });
}

function badResponse(call: { peer: string; protocol: string }, reason: string, cause: unknown): StowError {
  return new StowError({
    code: 'rpc-bad-response',
    message: `peer ${call.peer} answered ${call.protocol} with something else: ${reason}`,
    hint: 'the peer runs another version or is faulty; use another one',
    cause,
  });
}
