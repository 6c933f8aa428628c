import type { EligibilityRule, PlacementProvider } from './eligibility.ts';
import type { Placement } from './placement.ts';

/** Providers and their distinct operators. */
export interface Headcount {
  readonly providers: number;
  readonly operators: number;
}

/** Who is there for an object's shards, and what keeps the others out. */
export interface Shortage {
  /** Those with an ask that fits, whether they were given a shard or not. */
  readonly fitting: Headcount;
  /** By rule, the one that keeps most operators out first. Whoever fails several counts for each. */
  readonly excluded: readonly (Headcount & { readonly rule: EligibilityRule })[];
  /** Those that refused or failed when they were asked. */
  readonly declined: Headcount;
}

/** Counts operators, since no two shards of an object go to one. */
export function shortageOf(
  providers: readonly PlacementProvider[],
  { refused }: Placement,
  declined: ReadonlySet<number>,
): Shortage {
  const operatorOf = new Map(providers.map(({ id, operator }) => [id, operator.toLowerCase()]));
  const reasons = Map.groupBy(refused, ({ provider }) => provider);
  const fits = ({ id, asks }: PlacementProvider): boolean => {
    const own = reasons.get(id) ?? [];
    return !declined.has(id) && !own.some(({ askId }) => askId === undefined) && own.length < asks.length;
  };
  const count = (ids: Iterable<number>): Headcount => {
    const distinct = new Set(ids);
    const operators = new Set([...distinct].map((id) => operatorOf.get(id) ?? `provider ${id}`));
    return { providers: distinct.size, operators: operators.size };
  };
  const out = providers.filter((provider) => !fits(provider) && !declined.has(provider.id));
  const failed = out.flatMap(({ id }) =>
    (reasons.get(id) ?? []).flatMap((refusal) => refusal.reasons.map(({ rule }) => ({ rule, id }))),
  );
  const byRule = Map.groupBy(failed, ({ rule }) => rule);
  return {
    fitting: count(providers.filter(fits).map(({ id }) => id)),
    excluded: [...byRule]
      .map(([rule, all]) => ({ rule, ...count(all.map(({ id }) => id)) }))
      .toSorted((a, b) => b.operators - a.operators || b.providers - a.providers),
    declined: count(declined),
  };
}
