/**
 * The little of WebAssembly's JavaScript API that is needed. TypeScript has it only in its DOM library, which a
 * daemon must not see.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmApi {
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { exports: Record<string, unknown> };
  validate: (bytes: Uint8Array) => boolean;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every engine that runs this has it
export const wasm: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
