import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import type * as kernel from '../../../../node/pipeline/erasure/kernel.ts';
import { RELAXED_KERNEL, STRICT_KERNEL } from '../../../../node/pipeline/erasure/kernel-bytes.ts';
import { StripeBuffer } from '../../../../node/pipeline/erasure/stripe-buffer.ts';
import { wasm } from '../../../../node/core/wasm.ts';
import { slowParity } from './scalar-code.ts';

let loads = 0;

/** The module as a process finds it when it begins, with nothing compiled yet. */
async function freshKernel(): Promise<typeof kernel> {
  const url = new URL(`../../../../node/pipeline/erasure/kernel.ts?load=${++loads}`, import.meta.url);
  return (await import(url.href)) as typeof kernel;
}

const relaxed = Buffer.from(RELAXED_KERNEL, 'base64');
const strict = Buffer.from(STRICT_KERNEL, 'base64');
const newMemory = (): InstanceType<typeof wasm.Memory> => new wasm.Memory({ initial: 1, maximum: 1 });

describe('choice of the erasure kernel', () => {
  const engine = engineOf();
  afterEach(() => Object.assign(wasm, engine));

  it('is relaxed SIMD where the engine takes it, and plain SIMD elsewhere', async () => {
    const { bestVariant } = await freshKernel();
    const asked: Uint8Array[] = [];
    for (const takesIt of [true, false]) {
      wasm.validate = (bytes) => asked.push(bytes) > 0 && takesIt;
      expect(bestVariant()).to.equal(takesIt ? 'relaxed' : 'strict');
    }
    expect(asked.map((bytes) => relaxed.equals(bytes))).to.deep.equal([true, true]);
  });

  it('compiles each once, however many memories it is linked to', async () => {
    const { linkKernel } = await freshKernel();
    const compiled: Uint8Array[] = [];
    wasm.Module = class extends engine.Module {
      constructor(bytes: Uint8Array) {
        super(bytes);
        compiled.push(bytes);
      }
    };
    for (const variant of ['relaxed', 'strict', 'relaxed', 'strict'] as const)
      expect(linkKernel(newMemory(), variant)).to.be.a('function');
    expect(compiled.map((bytes) => [relaxed.equals(bytes), strict.equals(bytes)])).to.deep.equal([
      [true, false],
      [false, true],
    ]);
  });

  it('refuses a module that lacks what is called', async () => {
    const { linkKernel } = await freshKernel();
    wasm.Instance = class {
      exports = {};
    };
    expect(() => linkKernel(newMemory(), 'strict')).to.throw('assertion failed: the kernel exports combine');
  });

  it('is the best one for stripes, unless another one is asked for', () => {
    const linked: object[] = [];
    wasm.Instance = class extends engine.Instance {
      constructor(...[module, imports]: ConstructorParameters<typeof engine.Instance>) {
        super(module, imports);
        linked.push(module);
      }
    };
    const shape = { k: 1, n: 2, slots: 1, cellBytes: 64 };
    for (const variant of ['relaxed', 'strict', undefined] as const)
      expect(new StripeBuffer({ ...shape, variant }).slots).to.equal(1);
    const [asRelaxed, asStrict, asDefault] = linked;
    expect(asRelaxed).not.to.equal(asStrict);
    expect(asDefault).to.equal(asRelaxed);
  });
});

describe('memory of stripes', () => {
  it('holds the tables of all parity rows before the first cell, in whole pages, and no more', () => {
    // An odd number of rows, which are made in pairs: those of 44 rows end in the second page, those of 42 in the first.
    const [k, n] = [47, 90];
    const buffer = new StripeBuffer({ k, n, slots: 2, cellBytes: 64 });
    const first = buffer.cell(0, 0);
    expect([first.byteOffset, first.buffer.byteLength]).to.deep.equal([2 * 65_536, 3 * 65_536]);
    const data = Array.from({ length: k }, () => randomBytes(64));
    for (const [index, cell] of data.entries()) buffer.cell(0, index).set(cell);
    buffer.encode(0);
    for (const index of [k, k + 1, n - 2, n - 1])
      expect(Buffer.compare(buffer.cell(0, index), slowParity(data, index)), `shard ${index}`).to.equal(0);
    for (const [index, cell] of data.entries()) expect(Buffer.compare(buffer.cell(0, index), cell)).to.equal(0);
    expect(buffer.cell(1, 0).every((byte) => byte === 0)).to.equal(true);
  });

  it('gives the data cells of a slot as one run', () => {
    const buffer = new StripeBuffer({ k: 2, n: 3, slots: 2, cellBytes: 64 });
    buffer.cell(1, 0).fill(1);
    buffer.cell(1, 1).fill(2);
    buffer.cell(1, 2).fill(3);
    const expected = Buffer.concat([Buffer.alloc(64, 1), Buffer.alloc(64, 2)]);
    expect(Buffer.from(buffer.dataCells(1)).equals(expected)).to.equal(true);
  });
});

function engineOf(): Pick<typeof wasm, 'Module' | 'Instance' | 'validate'> {
  const { Module, Instance, validate } = wasm;
  return { Module, Instance, validate };
}
