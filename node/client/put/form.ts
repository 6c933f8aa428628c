import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import type { AgreementId, Hex, StorageAgreement } from '../../market/messages.ts';
import type { SignedAgreement } from './agree.ts';

/**
 * After ctrl-C with the transaction on its way, its outcome is awaited for this long: a few blocks of a quick chain. On a slower
 * one the catalogue keeps the object as "forming", and the next listing asks the chain.
 */
const GRACE_MS = 8_000;

export interface Formed {
  ids: AgreementId[];
  txHash: Hex;
  blockNumber: bigint;
  gasUsed: bigint;
}

/** Sends the one transaction that forms all agreements of an object, or hands them on to be formed by somebody else: then it gives nothing. */
export type FormAgreements = (
  signed: readonly SignedAgreement[],
  options: { signal: AbortSignal },
) => Promise<Formed | undefined>;

/**
 * Forms the agreements. Once it has begun, ctrl-C no longer stops it at once: the outcome decides what there is to say.
 * @throws StowError of the chain; `form-unknown` when the outcome is not known
 */
export async function formAll(
  form: FormAgreements,
  signed: readonly SignedAgreement[],
  signal: AbortSignal,
): Promise<Formed | undefined> {
  signal.throwIfAborted();
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => giveUp.abort(outcomeUnknown(signal.reason)), GRACE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await form(signed, { signal: giveUp.signal });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The ids of agreements that the chain has already: the transaction of an earlier process went out.
 * @param agreements over one object
 */
export async function formedIds(
  holders: (objectKey: Uint8Array, options: { signal: AbortSignal }) => Promise<readonly AgreementId[]>,
  objectKey: Uint8Array,
  agreements: readonly StorageAgreement[],
  options: { signal: AbortSignal },
): Promise<AgreementId[] | undefined> {
  const held = await holders(objectKey, options);
  const ids = agreements.map(({ shardIndex }) => held[shardIndex] ?? 0n);
  return ids.length === 0 || ids.includes(0n) ? undefined : ids;
}

function outcomeUnknown(reason: unknown): StowError {
  return new StowError({
    code: 'form-unknown',
    message: `${messageOf(reason)} while the transaction that pays for the object was on its way; it may still be mined`,
    hint: 'run `stowmarket ls` in a minute: it shows whether the object was formed',
    exitCode: ExitCode.interrupted,
  });
}
