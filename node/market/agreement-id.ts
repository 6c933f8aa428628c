import { assert } from '../core/assert.ts';
import type { AgreementId } from './messages.ts';

const LEAF_BITS = 32n;
const LEAF_MASK = 0xffff_ffffn;

/** Provider that an agreement belongs to. */
export function providerOfAgreement(id: AgreementId): number {
  return Number(id >> LEAF_BITS);
}

/** The agreement's place in its provider's sum tree. */
export function leafOfAgreement(id: AgreementId): number {
  return Number(id & LEAF_MASK);
}

/** Id of the agreement at `leaf` of `provider`'s tree. Both are uint32. */
export function agreementId(provider: number, leaf: number): AgreementId {
  assert(isUint32(provider) && isUint32(leaf), `two uint32, not ${provider} and ${leaf}`);
  return (BigInt(provider) << LEAF_BITS) | BigInt(leaf);
}

/** The id as people see and type it: `provider.leaf`, such as `3.17`. */
export function formatAgreementId(id: AgreementId): string {
  return `${providerOfAgreement(id)}.${leafOfAgreement(id)}`;
}

/** Reads `3.17` back; undefined when it is not an agreement id. */
export function parseAgreementId(text: string): AgreementId | undefined {
  const match = /^(\d{1,10})\.(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const provider = Number(match[1]);
  const leaf = Number(match[2]);
  return isUint32(provider) && isUint32(leaf) ? agreementId(provider, leaf) : undefined;
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
