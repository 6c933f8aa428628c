import { expect } from 'chai';
import { slicesOf } from '../../../scripts/lib/formal/slices.ts';

const CONTRACT = `contract C {
    uint256 private constant SHIFT = 64;
    struct Held { uint96 free; uint96 locked; }
    mapping(uint32 => Held) public held;
    function move(uint32 id, uint256 amount) external onlyOwner returns (uint256) {
        Held storage h = held[id];
        require(h.free >= amount, TooLittle(h.free, amount));
        uint256 left = h.free - amount;
        (h.free, h.locked) = (uint96(left), uint96(amount));
        emit Moved(id, uint96(amount));
        escrow.release(id, amount >> SHIFT);
        return (amount << 8) | id;
    }
    function swap(uint32 id) external {
        (held[id].free, held[id].locked) = (held[id].locked, held[id].free);
    }
    function count(Held memory self, uint256 more) internal pure returns (uint256) {
        return again(self, more) + self.free;
    }
}`;

function slice(names: string[], options = {}): string {
  const text = slicesOf('C.sol', CONTRACT, names, { inPlace: [], stubs: [], ...options });
  return text.replaceAll(/\s+/g, ' ');
}

describe('slices for the SMTChecker', () => {
  it('refuse a tuple whose values depend on what it assigns', () => {
    expect(() => slice(['swap'])).to.throw('values depend on targets');
  });

  it('say so when a contract declares no such name', () => {
    expect(() => slice(['gone'])).to.throw('C.sol declares no gone');
  });

  it('open a function up and put what is opaque to the checker in its words', () => {
    expect(slice(['move'], { stubs: ['escrow'] })).to.equal(
      'function move(uint32 id, uint256 amount) internal returns (uint256) { ' +
        'require(held[id].free >= amount); ' +
        'uint256 left = held[id].free - amount; ' +
        '{ held[id].free = to96(left); held[id].locked = to96(amount); } ' +
        'escrow_release(id, shiftRightBy(amount, 2 ** 64)); ' +
        'return or((shiftLeftBy(amount, 2 ** 8)), id); }',
    );
  });

  it('turn a parameter into a variable of the harness', () => {
    expect(slice(['count'], { inPlace: ['self'] })).to.equal(
      'function count(uint256 more) internal returns (uint256) { return again(more) + self.free; }',
    );
  });

  it('take variables and structs as they are, but visible', () => {
    expect(slice(['SHIFT', 'Held', 'held'])).to.equal(
      'uint256 internal constant SHIFT = 64; struct Held { uint96 free; uint96 locked; } mapping(uint32 => Held) internal held;',
    );
  });
});
