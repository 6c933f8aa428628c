import { expect } from 'chai';

import { baseName, NAME_MAX_BYTES, normalizeName } from '../../../node/client/object-name.ts';
import { isStowError } from '../../../node/core/errors.ts';

describe('object names', () => {
  it('have one spelling', () => {
    expect(normalizeName('/photos//2026/cat.jpg/')).to.equal('photos/2026/cat.jpg');
    expect(normalizeName('cafe\u0301')).to.equal('caf\u00e9');
    expect(normalizeName('a'.repeat(NAME_MAX_BYTES))).to.have.lengthOf(NAME_MAX_BYTES);
  });

  for (const bad of [
    '',
    '/',
    '..',
    'a/../b',
    './a',
    'a/.',
    'a\nb',
    'a\u0000',
    'x\u202egpj',
    'a\\b',
    'é'.repeat(NAME_MAX_BYTES / 2 + 1),
  ]) {
    it(`refuse ${JSON.stringify(bad.slice(0, 20))}`, () => {
      expect(() => normalizeName(bad)).to.satisfy((run: () => void) => {
        try {
          run();
          return false;
        } catch (error) {
          return isStowError(error, 'object-name-invalid');
        }
      });
    });
  }

  it('give the file name of a download', () => {
    expect(baseName('photos/2026/cat.jpg')).to.equal('cat.jpg');
    expect(baseName('cat.jpg')).to.equal('cat.jpg');
  });
});
