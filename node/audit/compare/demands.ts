import { demandName } from '../replay/demands.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import type { Check, StateReader } from './reader.ts';

/** Every unit that was ever demanded. */
export function* demandChecks({ accounts, demands }: MarketReplay, reader: StateReader): Generator<Check> {
  const all = demands.all();
  yield {
    subject: 'the demands',
    replayed: { demands: all.length },
    read: async () => ({ demands: await reader.market('demands', 'demandCount', []) }),
  };
  for (const [number, { agreement, client, deadline, unit, open }] of all) {
    yield {
      subject: demandName(number),
      replayed: { agreement, clientAccount: accounts.numberOf(client) ?? 0, deadline, unit, open },
      read: async () => reader.market('demands', 'demands', [number]),
    };
  }
}
