import { form as formModel } from '../../market/forming.ts';
import type { Maker } from '../step.ts';
import { NO_SIGNATURE } from '../world.ts';
import { newDraft, signDraft } from './draft.ts';
import { spoilDraft } from './spoil-draft.ts';

const MAX_ACTIVE = 60;

export const form: Maker = (world) => {
  const { random } = world;
  if (world.active().length > MAX_ACTIVE && random.chance(0.9)) return undefined;
  const draft = newDraft(world);
  if (draft === undefined) return undefined;
  if (random.chance(0.3)) spoilDraft(world, draft);
  const { batch } = draft;
  const signed = signDraft(world, draft);
  // A missing signature is the last one's.
  const provided = signed.provided.slice(0, draft.providers.length);
  const session = draft.clientSignsWrongly || random.chance(0.5) ? undefined : world.session(draft.client);
  const relayed = draft.clientSignsWrongly || random.chance(0.3);
  const from = session?.key ?? (relayed ? world.anybody() : draft.client);
  const client = session !== undefined || from === draft.client ? NO_SIGNATURE : signed.client;
  return {
    to: 'agreements',
    from,
    functionName: 'form',
    args: [batch, provided.map(({ bytes }) => bytes), client.bytes],
    model: (m) =>
      formModel(
        m,
        from,
        batch,
        provided.map(({ signer }) => signer),
        client,
      ),
  };
};
