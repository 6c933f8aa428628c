import type { Contract } from 'ethers';

import { assert } from '../../../node/core/assert.ts';

/** Some dozens of kilobytes of calldata at a time. */
const BATCH = 32;

export interface Verdict {
  ok: boolean;
  /** What the call gave back when it succeeded. */
  data: string;
  /** Name of the error without its contract's, and its arguments, when it failed. */
  error?: string;
  args?: readonly unknown[];
}

/** What `target` says to each call, on the state as it is. Contracts: CallJudge, and any whose errors are to be told apart. */
export async function judge(judgeContract: Contract, target: Contract, calls: readonly string[]): Promise<Verdict[]> {
  const address = await target.getAddress();
  const verdicts: Verdict[] = [];
  for (let from = 0; from < calls.length; from += BATCH) {
    const batch = calls.slice(from, from + BATCH);
    const found = (await judgeContract.getFunction('judge').staticCall(address, batch)) as {
      ok: boolean;
      data: string;
    }[];
    verdicts.push(...found.map(({ ok, data }) => (ok ? { ok, data } : { ok, data, ...errorOf(target, data) })));
  }
  return verdicts;
}

function errorOf(target: Contract, data: string): { error: string; args: readonly unknown[] } {
  const parsed = target.interface.parseError(data);
  assert(parsed !== null, `an error of the contract, not ${data}`);
  return { error: parsed.name.replace(/^[A-Za-z0-9]+_/, ''), args: [...parsed.args] };
}
