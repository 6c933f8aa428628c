import { generateKeyPair } from '@libp2p/crypto/keys';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect } from 'chai';

import { MAX_ADMITTED } from '../../../node/agreements/limits.ts';
import { onceABlock } from '../../../node/agreements/once-a-block.ts';
import type { WantedRead } from '../../../node/agreements/read-rules.ts';

describe('a rule that looks once a block', () => {
  let peer: PeerId;
  let block: bigint;
  let looks: string[];
  const rule = () =>
    onceABlock(
      {
        scheme: 'Ticket',
        admit: async ({ root, authorization }: WantedRead) => {
          looks.push(`${root} ${authorization}`);
          if (authorization === 'Ticket bad') throw new Error('refused');
          return { wallet: undefined, isExempt: authorization === 'Ticket a' };
        },
      },
      () => block,
    );
  const wish = (authorization: string | undefined, root = '0x01'): WantedRead => ({
    root: root as `0x${string}`,
    from: 0,
    count: 1,
    peer,
    authorization,
  });

  before(async () => {
    peer = peerIdFromPrivateKey(await generateKeyPair('secp256k1'));
  });
  beforeEach(() => {
    block = 1n;
    looks = [];
  });

  it('admits again without a look in the same block, and looks in the next', async () => {
    const looking = rule();
    expect(looking.scheme).to.equal('Ticket');
    await looking.admit(wish('Ticket a'));
    expect(await looking.admit({ ...wish('Ticket a'), from: 7 })).to.deep.equal({ wallet: undefined, isExempt: true });
    expect(looks).to.have.length(1);
    block = 2n;
    await looking.admit(wish('Ticket a'));
    expect(looks).to.have.length(2);
  });

  it('tells roots and headers apart', async () => {
    const looking = rule();
    for (const read of [wish('Ticket a'), wish('Ticket a', '0x02'), wish('Ticket b'), wish(undefined)])
      await looking.admit(read);
    expect(looks).to.have.length(4);
  });

  it('looks each time at what it refuses', async () => {
    const looking = rule();
    for (let i = 0; i < 2; i++) {
      const refused = await looking.admit(wish('Ticket bad')).catch((error: unknown) => error);
      expect(refused).to.be.an('error');
    }
    expect(looks).to.have.length(2);
  });

  it('admits for a later block what was looked at in an earlier one only after another look', async () => {
    const looked = onceABlock(
      {
        scheme: undefined,
        admit: async () => {
          looks.push('look');
          block += 1n;
          return { wallet: undefined, isExempt: false };
        },
      },
      () => block,
    );
    await looked.admit(wish(undefined));
    await looked.admit(wish(undefined));
    expect(looks).to.have.length(2);
  });

  it('remembers so many wishes, and forgets the longest unused', async () => {
    const looking = rule();
    for (let i = 0; i <= MAX_ADMITTED; i++) await looking.admit(wish(`Ticket ${i}`));
    looks = [];
    await looking.admit(wish(`Ticket ${MAX_ADMITTED}`));
    await looking.admit(wish('Ticket 0'));
    expect(looks).to.deep.equal(['0x01 Ticket 0']);
  });
});
