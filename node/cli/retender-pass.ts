import { retenderPlanner } from '../client/retender/object-planner.ts';
import type { RetenderRule } from '../client/retender/rule.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { StoredObject } from '../client/stored-object.ts';
import type { ClientSetup } from './client-setup.ts';
import { plural } from './format.ts';
import { lookAtEach } from './object-pass.ts';
import type { Run } from './program-context.ts';
import { carryOutObject, type KnownObject, planObject } from './retender.ts';
import { retenderLines, retenderRecord, retenderWarnings, unsafeShards } from './retender-view.ts';

export interface RetenderPass {
  /** Live ones. */
  objects: readonly StoredObject[];
  rule: RetenderRule;
  dryRun: boolean;
}

/** One look at each object, and what the rule does with it. @returns shards that could not be kept or moved */
export async function retenderOnce(
  run: Run,
  session: ClientSession,
  { config }: Pick<ClientSetup, 'config'>,
  { objects, rule, dryRun }: RetenderPass,
): Promise<number> {
  const { output } = run;
  let busy = 0;
  const left = await lookAtEach(run, objects, { dryRun }, async (object) => {
    const one = await retenderOne(run, session, config, object, { rule, dryRun });
    if (one.isBusy) busy++;
    return one.left;
  });
  if (busy === 0) output.talk(`${plural(objects.length, 'object')}: nothing to renew or to move`);
  output.record({ type: 'renew-pass', policy: rule.policy, objects: objects.length, left });
  return left;
}

async function retenderOne(
  run: Run,
  session: ClientSession,
  config: ClientSetup['config'],
  object: KnownObject,
  { rule, dryRun }: Pick<RetenderPass, 'rule' | 'dryRun'>,
): Promise<{ isBusy: boolean; left: number }> {
  const { output, signal } = run;
  const planned = await planObject(session, config, object, retenderPlanner(rule), { signal });
  const onProgress = output.progress.listener;
  const done = dryRun ? undefined : await carryOutObject(session, planned, { signal, onProgress });
  output.progress.clear();
  const lines = retenderLines(planned, done);
  output.record(retenderRecord(planned, rule, done));
  for (const line of lines) output.text(line);
  for (const warning of retenderWarnings(planned, done)) output.warn(warning);
  return { isBusy: lines.length > 0, left: unsafeShards(planned, done) };
}
