import { writeFileSync } from 'node:fs';

import { frameVectors, keyVectors, ownerKeyVectors } from './reference/keys-and-frames.ts';
import { headerVectors, shareVectors } from './reference/header.ts';
import { layoutVectors } from './reference/layout.ts';
import { objectVectors, parityVectors } from './reference/objects.ts';

// Writes data-path.json: what docs/formats.md says about keys, frames, headers, envelopes, parity and whole objects, worked out by other
// libraries than the project's (@noble, ethers, hpke, cbor2, @chainsafe/ssz) and from the text alone. None of the code under test is involved.
// Run: node test/vectors/generate-data-path.ts

const vectors = {
  about:
    'The data path of docs/formats.md. Bytes are hex. A text of `bytes(n, seed)` is n bytes, of which byte i is (i + (i >> 8) x 31 + (i >> 16) x 59 + seed) mod 256.',
  ownerKeys: ownerKeyVectors(),
  ...keyVectors(),
  frames: frameVectors(),
  headers: await headerVectors(),
  shares: await shareVectors(),
  layouts: layoutVectors(),
  parity: parityVectors(),
  objects: await objectVectors(),
};

writeFileSync(new URL('data-path.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
