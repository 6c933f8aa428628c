import { expect } from 'chai';

import { fromHex, toHex } from '../../../node/core/bytes.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { decodeCbor, encodeCbor } from '../../../node/core/cbor.ts';

function refused(hex: string): boolean {
  try {
    decodeCbor(fromHex(hex));
    return false;
  } catch (error) {
    return isStowError(error, 'bad-cbor');
  }
}

describe('deterministic CBOR', () => {
  it('sorts keys by length, then bytes, and leaves out what is undefined', () => {
    expect(toHex(encodeCbor({ bb: 1, c: 2, a: undefined, aa: 3 }))).to.equal('a36163026261610362626201');
  });

  const cases: Record<string, string> = {
    'an indefinite array': '9f01ff',
    'an indefinite string': '5f4101ff',
    'a repeated key': 'a2616101616102',
    'keys out of order': 'a2616202616101',
    'bytes after the item': '0101',
    'an integer in more bytes than needed': '1801',
    'an integer written as a float': 'f93c00',
    undefined: 'f7',
    'not a number': 'fb7ff8000000000000',
    infinity: 'f97c00',
    'a tag': 'c24101',
    'a key that is no string': 'a10101',
    'a length of 2^63': '5b7fffffffffffffff',
    'an array that claims four billion entries': '9affffffff',
    nothing: '',
    'nesting without end': '81'.repeat(60_000) + '00',
  };
  for (const [name, hex] of Object.entries(cases)) {
    it(`refuses ${name}`, () => {
      expect(refused(hex)).to.equal(true);
    });
  }

  it('does not touch the prototype for a key named __proto__', () => {
    const value = decodeCbor(fromHex('a1695f5f70726f746f5f5fa1617801')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
    expect(Object.keys(value)).to.deep.equal(['__proto__']);
  });
});
