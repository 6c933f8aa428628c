import { endOf, providerOf } from '../../market/agreements.ts';
import { type Renewal, renew as renewModel, topUp as topUpModel } from '../../market/renewing.ts';
import type { Maker } from '../step.ts';
import { NO_SIGNATURE } from '../world.ts';
import { someId } from './ending.ts';

const MAX_UINT24 = 2 ** 24 - 1;

export const renew: Maker = (world) => {
  const { market, messages, random } = world;
  const { clock, registry } = market;
  const id = random.chance(0.9) ? random.maybe(world.running())?.id : someId(world, world.active());
  const agreement = market.agreements.all().find((a) => a.id === id);
  if (agreement === undefined) return undefined;
  const wrong = random.chance(0.3) ? random.int(1, 8) : 0;
  const { nodeAddress, operator, voidThrough } = registry.get(providerOf(agreement.id));
  const client = wrong === 1 ? world.anybody() : world.clientOf(agreement);
  const used = market.agreements.usedNonces().find(({ signer }) => signer === client);
  const deadlines: Record<number, bigint> = { 2: BigInt(clock.time - 1), 3: voidThrough };
  const ahead = world.deadline();
  const renewal: Renewal = {
    agreement: agreement.id,
    client,
    periods: wrong === 4 ? 0 : wrong === 5 ? MAX_UINT24 - random.int(0, 3) : random.int(1, 10),
    nonce: wrong === 6 && used !== undefined ? used.nonce : world.freshNonce(client),
    deadline: deadlines[wrong] ?? (ahead > voidThrough ? ahead : voidThrough + 1n),
  };
  const digest = messages.agreements.renewal(renewal);
  const signatory = random.chance(0.7) ? nodeAddress : operator;
  const provided = wrong === 7 ? world.signWrongly(signatory, digest) : world.sign(signatory, digest);
  const consent = wrong === 8 ? world.signWrongly(client, digest) : world.sign(client, digest);
  const key = wrong === 8 || random.chance(0.4) ? undefined : world.session(client)?.key;
  const from = key ?? (wrong !== 8 && random.chance(0.7) ? client : world.anybody());
  const asked = key !== undefined || from === client ? NO_SIGNATURE : consent;
  return {
    to: 'agreements',
    from,
    functionName: 'renew',
    args: [renewal, provided.bytes, asked.bytes],
    model: (m) => renewModel(m, from, renewal, provided.signer, asked),
  };
};

export const topUp: Maker = (world) => {
  const { market, random } = world;
  const id = random.chance(0.9) ? random.maybe(world.running())?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  const agreement = market.agreements.all().find((a) => a.id === id);
  const units = market.duties.unitsOf(id);
  const asks = world.liveAsks(providerOf(id));
  const fitting = asks.filter(
    ([, ask]) =>
      agreement !== undefined &&
      ask.minUnits <= units &&
      units <= ask.maxUnits &&
      ask.pricePerUnitPeriod <= agreement.price &&
      ask.collateralPeriods <= Number(agreement.collateralPeriods),
  );
  const chosen = (random.chance(0.9) ? random.maybe(fitting) : random.maybe(asks)) ?? undefined;
  if (chosen === undefined && random.chance(0.9)) return undefined;
  const askId = chosen?.[0] ?? random.big(0n, market.book.count + 1n);
  const ask = chosen?.[1];
  // A renewal may bring the term to the last period that can be numbered, and no further.
  const left = agreement === undefined ? 1 : endOf(agreement) - market.clock.period;
  const periods = random.chance(0.9)
    ? random.int(Math.max(1, ask?.minPeriods ?? 1), ask?.maxPeriods ?? 3)
    : random.pick([0, (ask?.maxPeriods ?? 3) + 1, Math.max(1, left)]);
  const payer = random.pick([...world.clients, ...world.operators, world.stranger]);
  const key = world.keyFor(payer);
  return {
    to: 'agreements',
    from: key,
    functionName: 'topUp',
    args: [id, payer, periods, askId],
    model: (m) => topUpModel(m, { payer, key }, id, periods, askId),
  };
};
