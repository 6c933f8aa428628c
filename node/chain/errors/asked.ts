import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Sentence } from './sentence.ts';

/** What is asked of providers behind a bond. */
type Asked = 'audit' | 'demand';

export function notOpen(asked: Asked, number: bigint): Sentence {
  return {
    message: `${asked} ${number} is not open: it was answered or closed, or there is none of that number`,
    hint: 'nothing is left to do',
    exitCode: ExitCode.notFound,
  };
}

/** @param hint what to do instead */
export function termTooShort(
  what: 'an audit' | 'a demand',
  { agreement, deadline, last }: { agreement: bigint; deadline: bigint; last: bigint },
  hint: string,
): Sentence {
  return {
    message: `agreement ${formatAgreementId(agreement)} ends too soon for ${what}: its provider could answer until block ${deadline}, and its term ends after block ${last}`,
    hint,
    exitCode: ExitCode.usage,
  };
}

export function tooLate(asked: Asked, number: bigint, deadline: bigint, block: bigint): Sentence {
  return {
    message: `${asked} ${number} could be answered until block ${deadline}; the chain is at block ${block}`,
    hint: `nothing is left to do: anybody may close the ${asked} now, and the agreement fails`,
  };
}

export function stillOpen(asked: Asked, number: bigint, deadline: bigint, block: bigint): Sentence {
  return {
    message: `${asked} ${number} can be answered until block ${deadline}; the chain is at block ${block}`,
    hint: `try again after block ${deadline}`,
    exitCode: ExitCode.tryAgain,
  };
}

/** @param part what is asked for: `leaves` */
export function agreementOver(asked: Asked, number: bigint, agreement: bigint, part: string): Sentence {
  return {
    message: `${asked} ${number} asks for ${part} of agreement ${formatAgreementId(agreement)}, which is over`,
    hint: `close the ${asked}: its bond comes back`,
  };
}
