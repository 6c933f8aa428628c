/** First period that an agreement does not pay for. */
export function endOf({ startPeriod, periods }: { readonly startPeriod: number; readonly periods: number }): number {
  return startPeriod + periods;
}
