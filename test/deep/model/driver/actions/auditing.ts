import {
  answerAudit as answerModel,
  closeAudit as closeModel,
  openAudit as openModel,
  openingsOf,
} from '../../market/auditing.ts';
import { endOf } from '../../market/agreements.ts';
import type { Hex } from '../../market/types.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';
import { someId } from './ending.ts';
import { proofOf, spoil } from './proving.ts';

export const openAudit: Maker = (world) => {
  const { market, random } = world;
  const { audits, clock } = market;
  const long = world.running().filter((a) => clock.block + audits.init.windowBlocks < clock.opening(endOf(a)));
  const id = random.chance(0.85) ? random.maybe(long)?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  const owner = random.chance(0.95) ? random.pick([...world.clients, ...world.operators]) : world.stranger;
  const from = world.keyFor(owner);
  return {
    to: 'audits',
    from,
    functionName: 'openAudit',
    args: [id, owner],
    model: (m) => openModel(m, from, id, owner),
  };
};

export const answerAudit: Maker = (world) => {
  const { market, random } = world;
  const { clock } = market;
  const inTime = openAudits(world).filter(([, audit]) => audit.deadline >= clock.block && audit.openedAt < clock.block);
  const number = random.chance(0.92) ? random.maybe(inTime)?.[0] : someNumber(world);
  if (number === undefined) return undefined;
  const right = proofOf(world, market.audits.get(number)?.open === true ? openingsOf(market, number) : []);
  const proof = random.chance(0.88) ? right : spoil(world, right);
  const bytes: Hex = `0x${proof.toString('hex')}`;
  return {
    to: 'audits',
    from: world.anybody(),
    functionName: 'answer',
    args: [number, bytes],
    model: (m) => answerModel(m, number, proof),
  };
};

export const closeAudit: Maker = (world) => {
  const { market, random } = world;
  const { agreements, clock } = market;
  const due = openAudits(world).filter(
    ([, audit]) => audit.deadline < clock.block || !agreements.isActive(audit.agreement),
  );
  const number = random.chance(0.9) ? random.maybe(due)?.[0] : someNumber(world);
  if (number === undefined) return undefined;
  return {
    to: 'audits',
    from: world.anybody(),
    functionName: 'close',
    args: [number],
    model: (m) => closeModel(m, number),
  };
};

function openAudits({ market }: World) {
  return market.audits.all().filter(([, { open }]) => open);
}

/** Any audit, open or not, or one that never was. */
function someNumber(world: World): bigint {
  const open = world.random.chance(0.6) ? world.random.maybe(openAudits(world))?.[0] : undefined;
  return open ?? world.random.big(0n, BigInt(world.market.audits.all().length + 1));
}
