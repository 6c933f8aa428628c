import { UNITS_PER_TIB } from '../scale.ts';
import type { Asking } from './mechanisms.ts';
import { NEW_STANDING, type Standing } from './standing.ts';
import type { ProviderKind } from './supply.ts';

/** A provider through a run. Money in the model's, as sums over the horizon. */
export interface ProviderState {
  readonly kind: ProviderKind;
  readonly born: number;
  /** Day on which it stopped selling. */
  died: number | undefined;
  asking: Asking;
  usedTib: number;
  standing: Standing;
  /** Distinct clients so far. */
  clients: number;
  /** Token wei a period of everything it holds. */
  rentPerPeriod: bigint;
  /** Rent of its agreements, as far as they lie within the run; what serving them cost. */
  revenue: number;
  variableCosts: number;
  /** Value of agreements by the day of signing, of the last months. */
  signed: { readonly day: number; readonly value: number }[];
  /** Token wei burned for agreements with itself. */
  shamCosts: bigint;
}

export function newProvider(kind: ProviderKind, born: number, asking: Asking): ProviderState {
  return {
    kind,
    born,
    died: undefined,
    asking,
    usedTib: 0,
    standing: NEW_STANDING,
    clients: 0,
    rentPerPeriod: 0n,
    revenue: 0,
    variableCosts: 0,
    signed: [],
    shamCosts: 0n,
  };
}

export function utilisationOf({ kind, usedTib }: ProviderState): number {
  return usedTib / kind.tib;
}

export function freeUnitsOf({ kind, usedTib }: ProviderState): number {
  return (kind.tib - usedTib) * UNITS_PER_TIB;
}
