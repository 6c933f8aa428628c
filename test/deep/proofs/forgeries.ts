import { hash } from 'node:crypto';

import { concat } from '../../../node/core/bytes.ts';
import { DIGEST_BYTES, LEAF_BYTES } from '../../../node/core/units.ts';
import { type DrawnLeaf, pathLengths } from './joined-verifier.ts';
import type { Owed, ProofChain } from './proof-chain.ts';
import type { Random } from './random.ts';

export interface Forgery {
  kind: string;
  proof: Uint8Array;
}

/**
 * Proofs that somebody who knows the rules would try, where random changes are too blunt. Each differs from the honest one.
 * @param others honest proofs of other providers and periods
 */
export function forge(chain: ProofChain, owed: Owed, others: readonly Uint8Array[], random: Random): Forgery[] {
  const parts = split(owed);
  const found: Forgery[] = [
    ...others.map((proof) => ({ kind: 'another provider or period', proof })),
    ...neighbours(chain, owed, parts),
    ...innerNodes(chain, owed, parts),
    ...tamperedShares(owed, parts, random),
    ...unjoined(chain, owed, parts),
    { kind: 'another order', proof: chain.join(owed.draws.toReversed()) },
    { kind: 'nothing', proof: new Uint8Array() },
  ];
  return found.filter(({ proof }) => Buffer.compare(proof, owed.honest) !== 0);
}

/** The part of the proof that each draw brought; empty for those that brought nothing. */
function split({ draws, honest }: Owed): Uint8Array[] {
  let end = 0;
  return pathLengths(draws).map((length) => honest.subarray(end, (end += length)));
}

function replaced(parts: readonly Uint8Array[], index: number, part: Uint8Array): Uint8Array {
  return concat(...parts.with(index, part));
}

/** Leaf index ±1: the right bytes of the wrong leaf, for one draw or for all. */
function neighbours(chain: ProofChain, { draws }: Owed, parts: readonly Uint8Array[]): Forgery[] {
  const kind = 'leaf index +-1';
  const found: Forgery[] = [];
  for (const step of [-1n, 1n]) {
    const moved = draws.map((draw) => ({ ...draw, leaf: within(chain, draw, draw.leaf + step) }));
    found.push({ kind, proof: chain.join(moved) });
    for (const [index, draw] of moved.entries()) {
      if (draw.conceded) continue;
      const part = chain.pathOf(draw.agreement, draw.leaf).subarray(0, parts[index]?.byteLength ?? 0);
      found.push({ kind, proof: replaced(parts, index, part) });
    }
  }
  return found;
}

function within(chain: ProofChain, { agreement }: DrawnLeaf, leaf: bigint): bigint {
  const leaves = BigInt(chain.shardOf(agreement).units) * 1024n;
  return (leaf + leaves) % leaves;
}

/** Depth ±1: two inner nodes passed off as a leaf, or a leaf's hash set below it. */
function innerNodes(chain: ProofChain, { draws }: Owed, parts: readonly Uint8Array[]): Forgery[] {
  const kind = 'depth +-1';
  return parts.flatMap((part, index) => {
    const draw = draws[index];
    if (draw === undefined || part.byteLength < LEAF_BYTES + DIGEST_BYTES) return [];
    const node = hash('sha256', part.subarray(0, LEAF_BYTES), 'buffer');
    const sibling = part.subarray(LEAF_BYTES, LEAF_BYTES + DIGEST_BYTES);
    const asLeaf = draw.leaf % 2n === 0n ? concat(node, sibling) : concat(sibling, node);
    const rest = part.subarray(LEAF_BYTES + DIGEST_BYTES);
    const above = chain.pathOf(draw.agreement, draw.leaf).subarray(-DIGEST_BYTES);
    return [
      { kind, proof: replaced(parts, index, concat(asLeaf, rest)) },
      { kind, proof: replaced(parts, index, concat(asLeaf, rest, above)) },
      { kind, proof: replaced(parts, index, concat(part.subarray(0, LEAF_BYTES), part.subarray(LEAF_BYTES - 32))) },
    ];
  });
}

/**
 * A later path with a false leaf, and the node where it meets an earlier path set to what the false leaf leads to: the later path then holds, and only
 * the earlier one gives the lie away. And the other way round: the shared node alone, or everything below it.
 */
function tamperedShares({ draws }: Owed, parts: readonly Uint8Array[], random: Random): Forgery[] {
  const kind = 'shared node';
  return parts.flatMap((part, index) => {
    const later = draws[index];
    if (later === undefined || part.byteLength === 0) return [];
    const height = (part.byteLength - LEAF_BYTES) / DIGEST_BYTES;
    const earlier = draws.findIndex(
      ({ agreement, leaf }, other) =>
        other < index &&
        agreement === later.agreement &&
        leaf >> BigInt(height) === ((later.leaf >> BigInt(height)) ^ 1n) &&
        (parts[other]?.byteLength ?? 0) > LEAF_BYTES + height * DIGEST_BYTES,
    );
    const host = parts[earlier];
    if (host === undefined) return [];
    const falseLeaf = concat(random.bytes(LEAF_BYTES), part.subarray(LEAF_BYTES));
    const withNode = (node: Uint8Array): Uint8Array[] => {
      const slot = LEAF_BYTES + height * DIGEST_BYTES;
      return parts.with(earlier, concat(host.subarray(0, slot), node, host.subarray(slot + DIGEST_BYTES)));
    };
    const consistent = withNode(climb(later.leaf, falseLeaf));
    return [
      { kind, proof: concat(...consistent.with(index, falseLeaf)) },
      { kind, proof: concat(...consistent) },
      { kind, proof: concat(...withNode(random.bytes(DIGEST_BYTES))) },
      { kind, proof: replaced(parts, index, falseLeaf) },
    ];
  });
}

function climb(leaf: bigint, path: Uint8Array): Uint8Array {
  let node: Uint8Array = hash('sha256', path.subarray(0, LEAF_BYTES), 'buffer');
  let rest = leaf;
  for (let offset = LEAF_BYTES; offset < path.byteLength; offset += DIGEST_BYTES, rest >>= 1n) {
    const sibling = path.subarray(offset, offset + DIGEST_BYTES);
    node = hash('sha256', Buffer.concat(rest % 2n === 1n ? [sibling, node] : [node, sibling]), 'buffer');
  }
  return node;
}

/** Right bytes in another form: nothing left out that stands in the proof already, or one node more of a path. */
function unjoined(chain: ProofChain, { draws }: Owed, parts: readonly Uint8Array[]): Forgery[] {
  const kind = 'not joined';
  const whole = draws.map((draw) => (draw.conceded ? new Uint8Array() : chain.pathOf(draw.agreement, draw.leaf)));
  return [
    { kind, proof: concat(...whole) },
    ...whole.flatMap((path, index) => {
      const length = parts[index]?.byteLength ?? 0;
      const longer = path.subarray(0, length === 0 ? LEAF_BYTES : length + DIGEST_BYTES);
      return [
        { kind, proof: replaced(parts, index, path) },
        { kind, proof: replaced(parts, index, longer) },
      ];
    }),
  ];
}
