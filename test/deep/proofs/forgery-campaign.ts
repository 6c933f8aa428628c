import { assert } from '../../../node/core/assert.ts';
import { type Verdict, judge } from './call-judge.ts';
import { type Forgery, forge } from './forgeries.ts';
import { PROVIDERS, ProofChain } from './proof-chain.ts';
import { Random } from './random.ts';

export interface ForgeryReport {
  /** Forged proofs sent and accepted, by what was tried. */
  kinds: Map<string, { tried: number; accepted: number }>;
  tried: number;
  accepted: number;
  /** Refused, but not for their bytes: a fault of the campaign. */
  strange: number;
  /** Honest proofs that were accepted, one for each provider and period. */
  honest: number;
}

/** Sends the contract what somebody who knows the rules would try, in each of `periods` periods; then each honest proof, as the control. */
export async function forgeProofs(periods: number): Promise<ForgeryReport> {
  const chain = await ProofChain.start();
  const judgeContract = await chain.deploy('CallJudge');
  const random = new Random('forged proofs');
  const report: ForgeryReport = { kinds: new Map(), tried: 0, accepted: 0, strange: 0, honest: 0 };
  let before: Uint8Array[] = [];
  for (let step = 0; step < periods; step++) {
    await chain.nextPeriod();
    const all = await Promise.all(PROVIDERS.map((provider) => chain.owed(provider)));
    for (const owed of all) {
      const others = [...before, ...all.filter((other) => other !== owed).map(({ honest }) => honest)];
      const forgeries = forge(chain, owed, others, random);
      const calls = forgeries.map(({ proof }) => chain.proveCall(owed, proof));
      add(report, forgeries, await judge(judgeContract, chain.proofs, calls));
    }
    for (const owed of all) {
      await chain.prove(owed, owed.honest);
      report.honest++;
    }
    before = all.map(({ honest }) => honest);
  }
  return report;
}

function add(report: ForgeryReport, forgeries: readonly Forgery[], verdicts: readonly Verdict[]): void {
  for (const [index, { kind }] of forgeries.entries()) {
    const verdict = verdicts[index];
    assert(verdict !== undefined, 'a verdict on each');
    const sum = report.kinds.get(kind) ?? { tried: 0, accepted: 0 };
    report.kinds.set(kind, { tried: sum.tried + 1, accepted: sum.accepted + (verdict.ok ? 1 : 0) });
    report.tried++;
    if (verdict.ok) report.accepted++;
    else if (verdict.error !== 'WrongRoot' && verdict.error !== 'WrongLength') report.strange++;
  }
}
