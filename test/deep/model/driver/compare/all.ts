import { type Stage, toNextBlock } from '../set-up.ts';
import { compareAgreements, compareAsks, compareNonces, compareObjects } from './agreements.ts';
import { compareAudits, compareSessions } from './audits.ts';
import { compareChannels } from './channels.ts';
import { compareDemands } from './demands.ts';
import { Differences } from './differences.ts';
import { compareLocks, compareMoney } from './money.ts';
import { compareBids, compareIndex } from './orders.ts';
import { compareProviders } from './providers.ts';
import { compareCatalog, compareRepairs } from './repairs.ts';

/** Compares the state of chain and model, as of the block to come; what cannot change any more only when `everything` is asked for. */
export async function compareState(stage: Stage, everything: boolean): Promise<string[]> {
  const differences = new Differences();
  const { chain, market } = stage;
  await toNextBlock(stage, 1);
  await chain.expectBlockAt(market.clock.time);
  const latest = await chain.latest();
  differences.same('the last block', latest.block, chain.block);
  differences.same('the time of the last block', latest.time, chain.time);
  differences.same('the period', await chain.view('possessionProofs', 'currentPeriod'), market.clock.period);
  for (const compare of [
    compareMoney,
    compareLocks,
    compareProviders,
    compareAgreements,
    compareObjects,
    compareNonces,
    compareAsks,
    compareBids,
    compareIndex,
    compareAudits,
    compareSessions,
    compareRepairs,
    compareCatalog,
    compareChannels,
    compareDemands,
  ]) {
    await compare(stage, differences, everything);
  }
  return differences.found;
}
