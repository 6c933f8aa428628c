/** `Promise.all` over a list with at most `limit` calls in work; results in the list's order. */
export async function mapLimited<T, R>(list: readonly T[], limit: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = list.entries();
  const work = async (): Promise<void> => {
    // One iterator serves all workers: each takes the next item that nobody has.
    for (const [index, item] of entries) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, work));
  return results;
}
