import { randomInt } from 'node:crypto';

/**
 * So many units of a shard, each once and none of those that are taken; fewer where fewer are left. Nobody can know them before.
 * @param units how many the shard has
 * @returns in order
 */
export function pickUnits(units: number, count: number, taken: Iterable<number>): number[] {
  const out = [...new Set(taken)].toSorted((a, b) => a - b);
  const picked: number[] = [];
  while (picked.length < count && out.length < units) {
    let unit = randomInt(units - out.length);
    // The unit of that rank among those that are left.
    for (const other of out) if (other <= unit) unit += 1;
    picked.push(unit);
    out.splice(out.findLastIndex((other) => other < unit) + 1, 0, unit);
  }
  return picked.toSorted((a, b) => a - b);
}
