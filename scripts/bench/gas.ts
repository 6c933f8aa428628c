import { readFile } from 'node:fs/promises';
import type { Row } from './reporter.ts';
import peers from './peers.json' with { type: 'json' };

const SNAPSHOT = new URL('../../snapshots/gas.json', import.meta.url);
const { codex, pdp } = peers;

/** A full exchange of Codex for one slot: the request, the reservation, and the fill with its proof. */
const CODEX_ONE_SLOT = codex.requestStorage_later + codex.reserveSlot_1st + codex.fillSlot_same_host;

/**
 * What comes nearest in the peers' contracts to each of our journeys, by its name in the snapshot. Journeys that no
 * peer has are reported alone.
 */
const NEAREST: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  register: { 'PDP registerProvider': pdp.registerProvider },
  'form, 1 agreement': { 'PDP data set with 1 piece': pdp.create_plus_1_piece, 'Codex 1 slot': CODEX_ONE_SLOT },
  'form, batch of 6': { 'Codex 4 slots': codex.derived_form_4_slots },
  'form, batch of 6, each after the first': {
    'PDP 1 more piece': pdp.addPieces_1,
    'Codex 1 more slot': codex.reserveSlot_1st + codex.fillSlot_same_host,
  },
  'prove, 5 draws, 1 GiB': {
    'PDP prove and next period': pdp.prove_1GiB + pdp.nextProvingPeriod,
    'Codex submitProof': codex.submitProof_one_slot,
  },
  'settle, 1 period': { 'PDP settleRail, 4 periods': pdp.settleRail_4_periods },
  'notice a missed period and slash': { 'Codex markProofAsMissing': codex.markProofAsMissing },
  'end, kept': { 'PDP terminateService': pdp.terminateService, 'Codex freeSlot': codex.freeSlot_payout_max },
};

const FLOOR = ': floor of its calldata';

/** Gas of whole transactions as the committed snapshot has it; the limit of a proof is the floor price of its calldata. */
export async function rows(): Promise<Row[]> {
  const snapshot = JSON.parse(await readFile(SNAPSHOT, 'utf8')) as Record<string, number>;
  const unknown = Object.keys(NEAREST).filter((name) => snapshot[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`snapshots/gas.json has no journey ${unknown.join(', ')}: bench/gas.ts names it`);
  return Object.entries(snapshot)
    .filter(([name]) => !name.endsWith(FLOOR))
    .map(([name, ours]) => {
      const limit = snapshot[`${name}${FLOOR}`];
      const peer = NEAREST[name];
      return { name, ours, unit: 'gas', ...(limit !== undefined && { limit }), ...(peer && { peer }) };
    });
}
