import { toHex } from '../core/bytes.ts';
import { ExitCode, StowError, messageOf, systemCode } from '../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../core/units.ts';

/** Short form of a root for messages. */
function nameOf(root: Uint8Array): string {
  return toHex(root).slice(0, 16);
}

function mib(units: number): string {
  return `${Math.floor((units * UNIT_BYTES) / 1_048_576)} MiB`;
}

export function storeFull(neededUnits: number, freeUnits: number, where: string): StowError {
  return new StowError({
    code: 'store-full',
    message: `${where} has no room for ${neededUnits} units (${mib(neededUnits)}): ${Math.max(0, freeUnits)} units (${mib(Math.max(0, freeUnits))}) are free`,
    hint: 'raise the capacity, free some disk, or wait until agreements end',
    exitCode: ExitCode.tryAgain,
  });
}

export function shardTooLong(unitsMax: number): StowError {
  return new StowError({
    code: 'shard-too-long',
    message: `more than the ${unitsMax} units were sent that room was reserved for`,
    hint: 'reserve as many units as the shard has, header included',
    exitCode: ExitCode.usage,
  });
}

export function shardMissing(root: Uint8Array): StowError {
  return new StowError({
    code: 'shard-missing',
    message: `the shard ${nameOf(root)}… is not in the store`,
    hint: 'ask another provider; if this one signed for it, its operator has to restore or concede it',
    exitCode: ExitCode.notFound,
  });
}

export function shardCorrupt(root: Uint8Array, what: string): StowError {
  return new StowError({
    code: 'shard-corrupt',
    message: `the shard ${nameOf(root)}… is damaged: ${what}`,
    hint: 'scrub the store, look at the disk, and rebuild the shard from others of its object',
    exitCode: ExitCode.integrity,
  });
}

export function rootMismatch(expected: Uint8Array, got: Uint8Array): StowError {
  return new StowError({
    code: 'root-mismatch',
    message: `the bytes received have the root ${nameOf(got)}…, announced was ${nameOf(expected)}…`,
    hint: 'send the shard again',
    retryable: true,
    exitCode: ExitCode.integrity,
  });
}

export function badUnitRange(root: Uint8Array, from: number, count: number, units: number): StowError {
  return new StowError({
    code: 'bad-range',
    message: `units ${from} to ${from + count - 1} do not lie within shard ${nameOf(root)}… of ${units} units`,
    hint: 'ask for units within the shard',
    exitCode: ExitCode.usage,
  });
}

export function writerSpent(): StowError {
  return new StowError({
    code: 'writer-spent',
    message: 'the shard was committed, aborted or failed already',
    hint: 'send the shard again from its first unit',
  });
}

/** Throws `bad-root` unless `root` is 32 bytes: names of files derive from nothing else. */
export function checkRoot(root: Uint8Array): void {
  if (root instanceof Uint8Array && root.byteLength === DIGEST_BYTES) return;
  throw new StowError({
    code: 'bad-root',
    message: `a shard root has ${DIGEST_BYTES} bytes`,
    hint: 'the request names no shard; check where its root came from',
    exitCode: ExitCode.usage,
  });
}

/** Throws `bad-range` unless units [from, from + count) lie within the shard and are at least one. */
export function checkUnitRange(
  { root, units }: { root: Uint8Array; units: number },
  from: number,
  count: number,
): void {
  const integers = Number.isSafeInteger(from) && Number.isSafeInteger(count);
  if (!integers || from < 0 || count < 1 || from + count > units) throw badUnitRange(root, from, count, units);
}

/** A clear error for whatever the disk said while doing `what`; errors that are clear already pass through. */
export function diskError(what: string, cause: unknown): StowError {
  if (cause instanceof StowError) return cause;
  const code = systemCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StowError({
      code: 'store-full',
      message: `the disk is full: could not ${what}`,
      hint: 'free some space on the disk of the data folder; nothing half-written was kept',
      exitCode: ExitCode.tryAgain,
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StowError({
      code: 'store-denied',
      message: `the system does not allow it to ${what} (${code})`,
      hint: 'check owner and mode of the data folder, and that it is not mounted read-only',
      cause,
    });
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new StowError({
      code: 'store-busy',
      message: `too many open files to ${what}`,
      hint: 'raise the limit of open files (ulimit -n)',
      retryable: true,
      cause,
    });
  }
  return new StowError({
    code: 'store-io',
    message: `the disk failed: could not ${what} (${code ?? messageOf(cause)})`,
    hint: 'look at the system log and the health of the disk',
    cause,
  });
}
