import type { Contract } from 'ethers';

import { assert } from '../../../node/core/assert.ts';
import { to0x } from '../../../node/core/bytes.ts';
import { type Verdict, judge } from './call-judge.ts';
import { type Forgery, forge } from './forgeries.ts';
import { pathLengths } from './joined-verifier.ts';
import { CALL_GAS, type Owed, PROVIDERS, ProofChain } from './proof-chain.ts';
import { Random } from './random.ts';

/** As `ProofMutator.Kind`, in its order. */
const KINDS = [
  'one bit',
  'a word replaced',
  'siblings swapped',
  'words swapped',
  'a segment omitted (depth -1)',
  'a segment duplicated (depth +1)',
  'a segment moved',
  'a path omitted',
  'a path duplicated',
  'bytes cut off',
  'bytes added',
  'segments of another proof',
] as const;

/** The chain keeps a trace of each call until it ends: more at a time costs gigabytes, and the time to fill them. */
const ROUNDS_PER_CALL = 50;
/** Proofs that one such call splices from: calldata costs time, too. */
const SPLICES_PER_CALL = 6;

export interface MutationReport {
  /** Mutants sent and accepted, by what was changed. */
  kinds: Map<string, { tried: number; accepted: number }>;
  tried: number;
  accepted: number;
  /** Mutants that were refused, but not for their bytes: a fault of the campaign. */
  strange: number;
  /** Honest proofs that were accepted, one for each provider and period. */
  honest: number;
}

/** Sends at least `mutants` mutated proofs to the contract, spread over `periods` periods; then each honest proof, as the control. */
export async function mutateProofs(mutants: number, periods: number): Promise<MutationReport> {
  const chain = await ProofChain.start();
  const mutator = await chain.deploy('ProofMutator');
  const judgeContract = await chain.deploy('CallJudge');
  const random = new Random('mutated proofs');
  const report: MutationReport = { kinds: new Map(), tried: 0, accepted: 0, strange: 0, honest: 0 };
  const rounds = Math.ceil(mutants / (periods * PROVIDERS.length));
  let before: Uint8Array[] = [];
  for (let step = 0; step < periods; step++) {
    await chain.nextPeriod();
    const all = await Promise.all(PROVIDERS.map((provider) => chain.owed(provider)));
    for (const owed of all) {
      const others = [...before, ...all.filter((other) => other !== owed).map(({ honest }) => honest)];
      const forgeries = forge(chain, owed, others, random);
      addForgeries(report, forgeries, await judge(judgeContract, chain.proofs, forgeries.map(callOf(chain, owed))));
      const splices = forgeries.map(({ proof }) => proof).filter((proof) => proof.byteLength >= 32);
      for (let left = rounds; left > 0; left -= ROUNDS_PER_CALL) {
        const some = Array.from({ length: SPLICES_PER_CALL }, () => random.pick(splices));
        const work = { chain, owed, rounds: Math.min(left, ROUNDS_PER_CALL), splices: some, seed: random.bytes(32) };
        await addRandom(report, mutator, work);
      }
    }
    for (const owed of all) {
      await chain.prove(owed, owed.honest);
      report.honest++;
    }
    before = all.map(({ honest }) => honest);
  }
  return report;
}

const callOf =
  (chain: ProofChain, { provider, period }: Owed) =>
  ({ proof }: Forgery): string =>
    chain.proofs.interface.encodeFunctionData('prove', [provider, period, proof]);

function addForgeries(report: MutationReport, forgeries: readonly Forgery[], verdicts: readonly Verdict[]): void {
  for (const [index, { kind }] of forgeries.entries()) {
    const verdict = verdicts[index];
    assert(verdict !== undefined, 'a verdict on each');
    count(report, kind, 1, verdict.ok ? 1 : 0);
    const aboutBytes = verdict.error === 'WrongRoot' || verdict.error === 'WrongLength';
    if (!verdict.ok && !aboutBytes) report.strange++;
  }
}

async function addRandom(
  report: MutationReport,
  mutator: Contract,
  work: { chain: ProofChain; owed: Owed; rounds: number; splices: Uint8Array[]; seed: Uint8Array },
): Promise<void> {
  const { chain, owed, rounds, splices, seed } = work;
  const starts = [0];
  for (const length of pathLengths(owed.draws)) if (length > 0) starts.push((starts.at(-1) ?? 0) + length);
  const job = {
    proofs: await chain.proofs.getAddress(),
    provider: owed.provider,
    period: owed.period,
    rounds,
    seed: to0x(seed),
  };
  const run = mutator.getFunction('run');
  const tally = (await run.staticCall(job, owed.honest, starts, splices, { gasLimit: CALL_GAS })) as {
    tried: bigint[];
    accepted: bigint[];
    strange: bigint;
  };
  for (const [index, kind] of KINDS.entries()) {
    count(report, kind, Number(tally.tried[index]), Number(tally.accepted[index]));
  }
  report.strange += Number(tally.strange);
}

function count(report: MutationReport, kind: string, tried: number, accepted: number): void {
  const sum = report.kinds.get(kind) ?? { tried: 0, accepted: 0 };
  sum.tried += tried;
  sum.accepted += accepted;
  report.kinds.set(kind, sum);
  report.tried += tried;
  report.accepted += accepted;
}
