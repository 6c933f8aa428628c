import { type Agreement, endOf, providerOf } from '../../market/agreements.ts';
import { type Handover, handOver as handOverModel } from '../../market/handing-over.ts';
import type { Hex } from '../../market/types.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';
import { someId } from './ending.ts';

const NOBODYS_OBJECT: Hex = `0x${'ab'.repeat(32)}`;

/** Whether a provider has the stake for an agreement, and no other live shard of its object. */
function canTakeOver(world: World, agreement: Agreement, provider: number): boolean {
  if (agreement.status !== 'Active') return false;
  const { agreements, stakes } = world.market;
  const [client, objectKey] = [world.clientOf(agreement), world.objectOf(agreement)];
  const holds = world
    .active()
    .some(
      (other) =>
        providerOf(other.id) === provider && agreements.holder(client, objectKey, other.shardIndex) === other.id,
    );
  return !holds && stakes.get(provider).free - stakes.bond >= agreement.rent * agreement.collateralPeriods;
}

export const handOver: Maker = (world) => {
  const { market, messages, random } = world;
  const { clock, registry, duties } = market;
  if (registry.count === 0) return undefined;
  const ready = world.running().filter((a) => endOf(a) > clock.period + 1 && duties.isDischarged(providerOf(a.id)));
  const id = random.chance(0.85) ? random.maybe(ready)?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  const provider = providerOf(id);
  const agreement = market.agreements.all().find((a) => a.id === id);
  const wrong = random.chance(0.3) ? random.int(1, 8) : 0;
  const others = world.healthy().filter((other) => other !== provider);
  const able = others.filter((other) => agreement !== undefined && canTakeOver(world, agreement, other));
  const chosen = random.maybe(random.chance(0.9) ? able : others);
  const successor = wrong === 1 ? provider : wrong === 2 ? registry.count + 1 : chosen;
  if (successor === undefined) return undefined;
  const known = successor <= registry.count;
  const { nodeAddress, operator, voidThrough } = registry.get(known ? successor : provider);
  const used = market.agreements.usedNonces().find(({ signer }) => signer === nodeAddress);
  const deadlines: Record<number, bigint> = { 3: BigInt(clock.time - 1), 4: voidThrough };
  const ahead = world.deadline();
  const handover: Handover = {
    agreement: id,
    objectKey: wrong === 5 || agreement?.status !== 'Active' ? NOBODYS_OBJECT : world.objectOf(agreement),
    successor,
    nonce: wrong === 6 && used !== undefined ? used.nonce : world.freshNonce(nodeAddress),
    deadline: deadlines[wrong] ?? (ahead > voidThrough ? ahead : voidThrough + 1n),
  };
  const digest = messages.agreements.handover(handover);
  const signatory = random.chance(0.7) ? nodeAddress : operator;
  const signed = wrong === 7 ? world.signWrongly(signatory, digest) : world.sign(signatory, digest);
  const from = wrong === 8 || provider > registry.count ? world.anybody() : world.agentOf(provider);
  return {
    to: 'agreements',
    from,
    functionName: 'handOver',
    args: [handover, signed.bytes],
    model: (m) => handOverModel(m, from, handover, signed.signer),
  };
};

/** Bit i of the mask stands for nonce 256 word + i. */
export const revokeNonces: Maker = (world) => {
  const { market, random } = world;
  const nodes = market.registry.ids().map((id) => market.registry.get(id).nodeAddress);
  const from = random.pick([...world.clients, ...nodes, world.stranger]);
  const word = random.big(0n, 3n);
  let mask = 0n;
  for (let bits = random.int(0, 3); bits > 0; bits -= 1) mask |= 1n << random.big(0n, 255n);
  return {
    to: 'agreements',
    from,
    functionName: 'revokeNonces',
    args: [word, mask],
    model: (m) => m.agreements.revokeNonces(from, word, mask),
  };
};
