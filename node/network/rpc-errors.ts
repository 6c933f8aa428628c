import { isStowError, messageOf, StowError } from '../core/errors.ts';

interface FailedCall {
  peer: string;
  protocol: string;
  /** Whether the stream was open when it failed. */
  opened: boolean;
  timedOut: boolean;
}

/** What a failed call means to the caller. */
export function callError(error: unknown, call: FailedCall): StowError {
  if (isStowError(error)) return error;
  const name = error instanceof Error ? error.name : '';
  const reason = messageOf(error);
  if (call.timedOut || name === 'TimeoutError') return timeout(call, error);
  if (name === 'UnsupportedProtocolError') return unsupported(call, error);
  if (name.startsWith('InvalidDataLength') || name === 'StreamBufferError') return oversized(call, error);
  return new StowError({
    code: call.opened ? 'rpc-hangup' : 'rpc-unreachable',
    message: call.opened
      ? `peer ${call.peer} hung up during ${call.protocol}: ${reason}`
      : `peer ${call.peer} cannot be reached: ${reason}`,
    hint: 'try again, or use another peer',
    retryable: true,
    cause: error,
  });
}

function timeout(call: FailedCall, cause: unknown): StowError {
  return new StowError({
    code: 'rpc-timeout',
    message: `peer ${call.peer} did not answer ${call.protocol} in time`,
    hint: 'try again, or use another peer',
    retryable: true,
    cause,
  });
}

function unsupported(call: FailedCall, cause: unknown): StowError {
  return new StowError({
    code: 'rpc-unsupported',
    message: `peer ${call.peer} does not speak ${call.protocol}`,
    hint: 'it is no provider, or runs another version; use another peer',
    cause,
  });
}

function oversized(call: FailedCall, cause: unknown): StowError {
  return new StowError({
    code: 'rpc-bad-response',
    message: `peer ${call.peer} answered ${call.protocol} with more bytes than such an answer can have`,
    hint: 'the peer is faulty; use another one',
    cause,
  });
}
