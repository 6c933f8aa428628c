/**
 * `npm run test:proofs`: forged proofs, draws and padding in the numbers that one wants to see before trusting a lottery with money. Prints its figures;
 * exits 1 when one of them is not as it must be. test/contracts/ts/proof-campaign.test.ts runs the same with small numbers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { type DifferentialReport, compareJoined, compareLeaves } from '../../test/deep/proofs/differential.ts';
import type { Fit } from '../../test/deep/proofs/chi-square.ts';
import { judgeDraws } from '../../test/deep/proofs/draw-statistics.ts';
import { forgeProofs } from '../../test/deep/proofs/forgery-campaign.ts';
import { type Chance, measurePadding } from '../../test/deep/proofs/self-padding.ts';
import { ROOT } from '../lib/paths.ts';

const HARDHAT = join(ROOT, 'node_modules/hardhat/dist/src/cli.js');

const MUTANTS = 1_000_000;
/** Each has other leaves, shared in another way. */
const FORGED_PERIODS = 30;
const CASES = 10_000;
const DRAWS = 1_000_000;
/** Below, the draws would be called unfair. */
const SMALLEST_P = 0.001;
const PADDED_PERIODS = 20_000;
const AUDITS = 50_000;

/** In Solidity, where a mutant costs a tenth of a millisecond. The test fails when one is accepted, and prints what it sent. */
async function mutations(): Promise<void> {
  const args = ['test', 'solidity', 'test/contracts/hostile/MutatedProofs.t.sol'];
  const env = { ...process.env, MUTANTS: String(MUTANTS) };
  const child = spawn(process.execPath, [HARDHAT, ...args], { cwd: ROOT, stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  require(code === 0, 'mutated proofs');
}

async function forgeries(): Promise<void> {
  const report = await forgeProofs(FORGED_PERIODS);
  for (const [kind, { tried, accepted }] of report.kinds) print(`  ${kind}: ${tried} sent, ${accepted} accepted`);
  print(
    `${report.tried} forged proofs sent, ${report.accepted} accepted, ${report.strange} refused for another reason`,
  );
  print(`${report.honest} honest ones sent, all accepted`);
  require(report.accepted === 0 && report.strange === 0, 'forged proofs');
}

async function differential(): Promise<void> {
  const compared: [string, DifferentialReport][] = [
    ['joined proofs, PossessionProofs and the test verifier', await compareJoined(CASES)],
    ['single leaves, MerkleSha256 and node/proofs/verify.ts', await compareLeaves(CASES)],
  ];
  for (const [name, { cases, valid, differences }] of compared) {
    print(`${name}: ${cases} cases, ${valid} of them valid, ${differences.length} judged differently`);
    for (const difference of differences.slice(0, 10)) print(`  ${difference}`);
    require(cases >= CASES && valid > 0 && differences.length === 0, name);
  }
}

async function draws(): Promise<void> {
  const report = await judgeDraws(DRAWS);
  const fits: [string, Fit][] = [
    ['agreement, by its units', report.agreements],
    ['place within the shard', report.places],
    ['leaf within the unit', report.leaves],
  ];
  for (const [name, { statistic, degrees, p }] of fits) {
    print(
      `${report.draws} draws, ${name}: chi-square ${statistic.toFixed(1)}, ${degrees} degrees, p = ${p.toFixed(4)}`,
    );
    require(p > SMALLEST_P, name);
  }
}

async function padding(): Promise<void> {
  const report = await measurePadding(PADDED_PERIODS, AUDITS);
  const { drawsPerPeriod, drawsPerAudit } = report;
  const both = ({ measured, computed }: Chance): string =>
    `${percent(measured)} measured, ${percent(computed)} computed`;
  print('the loss of 1% of one client, when the provider pads 99-fold:');
  print(`  shows in a period (${drawsPerPeriod} draws): ${both(report.padded)}; unpadded ${both(report.unpadded)}`);
  print(`  shows in 30 periods: ${percent(report.paddedMonth)}; unpadded ${percent(report.unpaddedMonth)}`);
  print(`  shows in one targeted audit (${drawsPerAudit} leaves): ${both(report.audit)}`);
  print(`  shows with 99% after ${report.auditsNeeded} audits`);
  require(near(report.padded, report.periods) && near(report.unpadded, report.periods), 'sampling');
  require(near(report.audit, report.audits), 'audits');
}

/** Five standard deviations: chance does not go there. */
function near({ measured, computed }: Chance, tries: number): boolean {
  return Math.abs(measured - computed) <= 5 * Math.sqrt((computed * (1 - computed)) / tries);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function require(holds: boolean, what: string): void {
  if (holds) return;
  print(`FAILED: ${what}`);
  process.exitCode = 1;
}

for (const [name, run] of Object.entries({ mutations, forgeries, differential, draws, padding })) {
  print(`\n=== ${name}`);
  const started = performance.now();
  await run();
  print(`(${((performance.now() - started) / 1000).toFixed(0)} s)`);
}
