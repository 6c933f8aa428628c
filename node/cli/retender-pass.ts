import type { RetenderRule } from '../client/retender/rule.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { type StoredObject, titleOf } from '../client/stored-object.ts';
import type { ClientSetup } from './client-setup.ts';
import { plural } from './format.ts';
import type { Run } from './program-context.ts';
import { carryOutObject, type KnownObject, planObject } from './retender.ts';
import { retenderLines, retenderRecord, retenderWarnings } from './retender-view.ts';

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
  const { output, signal } = run;
  let left = 0;
  let busy = 0;
  for (const object of objects) {
    if (!isKnown(object)) {
      output.warn(
        `${titleOf(object)}: its shards could not be read, so nothing is known of its code; it stays as it is`,
      );
      left++;
      continue;
    }
    const planned = await planObject(session, config, object, rule, { signal });
    const onProgress = output.progress.listener;
    const done = dryRun ? undefined : await carryOutObject(session, planned, { signal, onProgress });
    output.progress.clear();
    const lines = retenderLines(planned, done);
    const warnings = retenderWarnings(planned, done);
    output.record(retenderRecord(planned, rule, done));
    for (const line of lines) output.text(line);
    for (const warning of warnings) output.warn(warning);
    if (lines.length > 0) busy++;
    left += warnings.length;
  }
  if (busy === 0) output.talk(`${plural(objects.length, 'object')}: nothing to renew or to move`);
  output.record({ type: 'renew-pass', policy: rule.policy, objects: objects.length, left });
  return left;
}

function isKnown(object: StoredObject): object is KnownObject {
  return object.entry !== undefined;
}
