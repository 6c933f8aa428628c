import { flawOf } from '../client/evidence/evidence.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { shortKey } from '../client/stored-object.ts';
import { equal, fromHex } from '../core/bytes.ts';
import { describeEvidence, evidenceRecord, type ShownEvidence } from './evidence-view.ts';
import type { Run } from './program-context.ts';

/** Wrong answers that are kept, of one object or of all; each is checked again from its own bytes and the chain. */
export async function shownEvidence(
  { evidence: log, market, catalogue }: Pick<ClientSession, 'evidence' | 'market' | 'catalogue'>,
  objectKey?: Uint8Array,
): Promise<ShownEvidence[]> {
  const kept = log.list();
  const rows = await market.index.agreements(kept.map(({ agreement }) => agreement));
  return kept.flatMap((evidence) => {
    const agreement = rows.get(evidence.agreement);
    const key = agreement === undefined ? undefined : fromHex(agreement.objectKey, 32);
    if (objectKey !== undefined && (key === undefined || !equal(key, objectKey))) return [];
    const title = key === undefined ? 'an unknown object' : (catalogue.get(key)?.name ?? shortKey(key));
    const isAgreed = agreement === undefined || equal(fromHex(agreement.shardRoot, 32), evidence.root);
    const flaw = isAgreed ? flawOf(evidence, log.bytesOf(evidence)) : 'its agreement is over a shard with another root';
    return [{ evidence, flaw, agreement, title }];
  });
}

/** One record each for programs, one text for people. */
export function printEvidence({ output }: Run, shown: readonly ShownEvidence[]): void {
  for (const one of shown) output.record(evidenceRecord(one));
  output.text(describeEvidence(shown));
}
