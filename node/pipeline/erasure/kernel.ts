import { assert } from '../../core/assert.ts';
import { RELAXED_KERNEL, STRICT_KERNEL } from './kernel-bytes.ts';
import { wasm, type WasmMemory } from '../../core/wasm.ts';

/** `combine` of kernel.wat, bound to one memory. */
export type Combine = (
  destinations: number,
  rows: number,
  sources: number,
  count: number,
  tables: number,
  from: number,
  to: number,
) => void;

export type KernelVariant = 'relaxed' | 'strict';

const modules = new Map<KernelVariant, object>();

/** The variant that this engine runs: relaxed SIMD where it is supported (V8 since 11.4, Node 21). */
export function bestVariant(): KernelVariant {
  return wasm.validate(bytesOf('relaxed')) ? 'relaxed' : 'strict';
}

/** Links the kernel to `memory`. Throws the engine's CompileError where not even plain SIMD exists. */
export function linkKernel(memory: WasmMemory, variant: KernelVariant): Combine {
  let module = modules.get(variant);
  if (module === undefined) {
    module = new wasm.Module(bytesOf(variant));
    modules.set(variant, module);
  }
  const { combine } = new wasm.Instance(module, { env: { memory } }).exports;
  assert(typeof combine === 'function', 'the kernel exports combine');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as kernel.wat declares it
  return combine as Combine;
}

function bytesOf(variant: KernelVariant): Uint8Array {
  return Buffer.from(variant === 'relaxed' ? RELAXED_KERNEL : STRICT_KERNEL, 'base64');
}
