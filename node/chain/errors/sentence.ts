import type { Abi, ContractErrorArgs, ContractErrorName } from 'viem';

import type { ExitCode } from '../../core/errors.ts';

/** What a custom error of a contract means to the person whose transaction met it. */
export interface Sentence {
  /** What happened, to what, with the offending values. */
  message: string;
  /** What to do next. */
  hint: string;
  exitCode?: ExitCode;
  /** True when the same call may succeed later without anybody changing anything. */
  retryable?: boolean;
}

/** One entry for each custom error of an ABI: leaving one out, or misreading its values, does not compile. */
export type SentenceTable<abi extends Abi> = {
  readonly [name in ContractErrorName<abi>]: (args: ContractErrorArgs<abi, name>) => Sentence;
};

/** For what only the market's own contracts may call: reaching it means that the addresses belong to different deployments. */
export function marketOnly(contract: string, caller: string): Sentence {
  return {
    message: `${contract} accepts this call from the market's own contracts only, not from ${caller}`,
    hint: 'check that the address file belongs to one deployment',
  };
}

/** An instant as people read it, from unix seconds. */
export function instant(seconds: bigint | number): string {
  const milliseconds = Number(seconds) * 1000;
  // Contracts accept seconds beyond what a Date can show.
  return milliseconds > 8.64e15 ? `second ${seconds}` : new Date(milliseconds).toISOString();
}

/** A constructor refused its parameters: only whoever deploys meets this. */
export function invalidParams(contract: string, field: string): Sentence {
  return {
    message: `${contract} cannot work with this ${field}`,
    hint: `give ${field} another value in deploy/parameters; the constructor's comments say what it accepts`,
  };
}
