import { type Address, MAX_UINT96, ZERO_ADDRESS } from '../../market/types.ts';
import type { Maker } from '../step.ts';

const TOKEN = 10n ** 18n;
/** Sessions last for some periods; the shortest ends while it is of use. */
const LONGEST_SECONDS = 2_000;

export const authorizeSession: Maker = (world) => {
  const { market, random } = world;
  const from = random.pick([...world.clients, ...world.operators]);
  const key = random.chance(0.93) ? world.anybody() : random.pick<Address>([from, ZERO_ADDRESS]);
  const budget = random.chance(0.95) ? random.pick([random.big(1n, TOKEN), 100n * TOKEN, MAX_UINT96]) : 0n;
  const { time } = market.clock;
  const expiry = random.chance(0.95) ? time + random.int(1, LONGEST_SECONDS) : time;
  return {
    to: 'escrow',
    from,
    functionName: 'authorizeSession',
    args: [key, budget, expiry],
    model: (m) => m.sessions.authorize(from, key, budget, expiry),
  };
};

export const revokeSession: Maker = (world) => {
  const { market, random } = world;
  const session = random.maybe(market.sessions.all());
  if (session === undefined) return undefined;
  const key = random.chance(0.8) ? session.key : world.anybody();
  return {
    to: 'escrow',
    from: session.owner,
    functionName: 'revokeSession',
    args: [key],
    model: (m) => m.sessions.revoke(session.owner, key),
  };
};
