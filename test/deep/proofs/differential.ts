import type { Contract } from 'ethers';

import { assert } from '../../../node/core/assert.ts';
import { fromHex, to0x } from '../../../node/core/bytes.ts';
import { verifyLeaf } from '../../../node/proofs/verify.ts';
import { type Verdict, judge } from './call-judge.ts';
import { type Forgery, forge } from './forgeries.ts';
import { type JoinedVerdict, verifyJoined } from './joined-verifier.ts';
import { type Owed, PROVIDERS, ProofChain } from './proof-chain.ts';
import { Random } from './random.ts';
import { RandomShard } from './random-shard.ts';

/** A period in which each provider that can spare one admits the loss of a shard, so that draws drop out. */
const CONCEDING_PERIOD = 3;
const LEAF_SHARD_UNITS = [1, 2, 3, 5, 8, 13] as const;

export interface DifferentialReport {
  /** Cases judged by both sides, and how many of them both accepted. */
  cases: number;
  valid: number;
  /** What the two did not agree on, in words. */
  differences: string[];
}

/** Joined proofs, honest, forged and random: PossessionProofs against the verifier beside this file, down to the error and its arguments. */
export async function compareJoined(cases: number): Promise<DifferentialReport> {
  const chain = await ProofChain.start();
  const judgeContract = await chain.deploy('CallJudge');
  const random = new Random('joined proofs');
  const report: DifferentialReport = { cases: 0, valid: 0, differences: [] };
  for (let step = 1; report.cases < cases; step++) {
    await chain.nextPeriod();
    if (step === CONCEDING_PERIOD) for (const provider of PROVIDERS.slice(1)) await chain.concede(provider, 1);
    const all = await Promise.all(PROVIDERS.map((provider) => chain.owed(provider)));
    for (const owed of all) {
      const others = all.filter((other) => other !== owed).map(({ honest }) => honest);
      const candidates = [{ kind: 'honest', proof: owed.honest }, ...forge(chain, owed, others, random)];
      candidates.push(...candidates.map(({ proof }) => ({ kind: 'random', proof: changed(proof, random) })));
      const calls = candidates.map(({ proof }) => chain.proveCall(owed, proof));
      const verdicts = await judge(judgeContract, chain.proofs, calls);
      for (const [index, candidate] of candidates.entries()) note(report, owed, candidate, verdicts[index]);
    }
    for (const owed of all) await chain.prove(owed, owed.honest);
  }
  return report;
}

function note(report: DifferentialReport, owed: Owed, { kind, proof }: Forgery, theirs?: Verdict): void {
  assert(theirs !== undefined, 'a verdict on each');
  const ours = verifyJoined(owed.draws, proof);
  report.cases++;
  if (ours.ok && theirs.ok) report.valid++;
  const [here, there] = [inWords(ours, proof), theirs.ok ? 'accepted' : `${theirs.error}(${theirs.args?.join(', ')})`];
  if (here !== there) {
    report.differences.push(`provider ${owed.provider}, period ${owed.period}, ${kind}: ${there}, here ${here}`);
  }
}

function inWords(verdict: JoinedVerdict, proof: Uint8Array): string {
  if (verdict.ok) return 'accepted';
  if (verdict.reason === 'length') return `WrongLength(${proof.byteLength}, ${verdict.expected})`;
  return `WrongRoot(${verdict.draw}, ${to0x(verdict.computed)}, ${to0x(verdict.expected)})`;
}

/** One leaf at a time, at random depths and places: MerkleSha256 against node/proofs/verify.ts. A third of the cases is valid. */
export async function compareLeaves(cases: number): Promise<DifferentialReport> {
  const chain = await ProofChain.start();
  const [harness, judgeContract] = [await chain.deploy('MerkleHarness'), await chain.deploy('CallJudge')];
  const random = new Random('single leaves');
  const shards = LEAF_SHARD_UNITS.map((units) => new RandomShard(`differential, ${units}`, units));
  const report: DifferentialReport = { cases: 0, valid: 0, differences: [] };
  while (report.cases < cases) {
    const claims = Array.from({ length: 64 }, () => leafClaim(shards, random));
    const calls = claims.map(({ proof, leafIndex, units }) =>
      harness.interface.encodeFunctionData('rootOf', [proof, leafIndex, units]),
    );
    const verdicts = await judge(judgeContract, harness, calls);
    for (const [index, claim] of claims.entries()) noteLeaf(report, harness, claim, verdicts[index]);
  }
  return report;
}

type LeafClaim = Parameters<typeof verifyLeaf>[0];

function leafClaim(shards: readonly RandomShard[], random: Random): LeafClaim {
  const shard = random.pick(shards);
  const leafIndex = random.below(shard.units * 1024);
  const honest = { root: shard.root, units: shard.units, leafIndex, proof: shard.path(leafIndex) };
  switch (random.below(6)) {
    case 0:
      return { ...honest, proof: changed(honest.proof, random) };
    case 1:
      return { ...honest, leafIndex: random.below(shard.units * 1024) };
    case 2:
      return { ...honest, units: shard.units + 1 + random.below(3) };
    case 3:
      return { ...honest, root: random.pick(shards).root };
    default:
      return honest;
  }
}

function noteLeaf(report: DifferentialReport, harness: Contract, claim: LeafClaim, theirs?: Verdict): void {
  assert(theirs !== undefined, 'a verdict on each');
  report.cases++;
  const ours = verifyLeaf(claim);
  const [root] = theirs.ok ? harness.interface.decodeFunctionResult('rootOf', theirs.data) : [undefined];
  const accepted = typeof root === 'string' && Buffer.compare(fromHex(root), claim.root) === 0;
  const there = accepted ? 'ok' : theirs.ok ? 'root-mismatch' : theirs.error;
  const here = ours.ok ? 'ok' : ours.reason === 'bad-length' ? 'WrongPathLength' : ours.reason;
  if (ours.ok && accepted) report.valid++;
  if (here !== there) report.differences.push(`${claim.units} units, leaf ${claim.leafIndex}: ${there}, here ${here}`);
}

/** Bytes with a few of them other than before, or more or fewer. */
function changed(proof: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(proof);
  switch (random.below(4)) {
    case 0:
      return copy.subarray(0, random.below(copy.length + 1));
    case 1:
      return Buffer.concat([copy, random.bytes(1 + random.below(64))]);
    default:
      for (let left = 1 + random.below(3); left > 0 && copy.length > 0; left--) {
        const place = random.below(copy.length);
        copy[place] = (copy[place] ?? 0) ^ (1 + random.below(255));
      }
      return copy;
  }
}
