import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import wabtInit from 'wabt';

// Compiles node/pipeline/erasure/kernel.wat into node/pipeline/erasure/kernel-bytes.ts.
// Run after changing the text: node scripts/build/erasure-kernel.ts. A test compares the two.

const SOURCE = new URL('../../node/pipeline/erasure/kernel.wat', import.meta.url);
const TARGET = new URL('../../node/pipeline/erasure/kernel-bytes.ts', import.meta.url);
const LINE_CHARS = 110;

/** Both variants of the kernel as WebAssembly binaries. */
export async function compileKernels(): Promise<{ relaxed: Uint8Array; strict: Uint8Array }> {
  const wabt = await wabtInit();
  const text = readFileSync(SOURCE, 'utf8');
  const compile = (wat: string, relaxed: boolean): Uint8Array => {
    const module = wabt.parseWat('kernel.wat', wat, { simd: true, relaxed_simd: relaxed });
    try {
      return module.toBinary({}).buffer;
    } finally {
      module.destroy();
    }
  };
  const strictText = text.replaceAll('i8x16.relaxed_swizzle', 'i8x16.swizzle');
  return { relaxed: compile(text, true), strict: compile(strictText, false) };
}

function constant(name: string, comment: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? [];
  return `/** ${comment} */\nexport const ${name} =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

/** The text of kernel-bytes.ts. */
export async function renderModule(): Promise<string> {
  const { relaxed, strict } = await compileKernels();
  return [
    '// Generated from kernel.wat by scripts/build/erasure-kernel.ts. Do not edit.\n',
    constant('RELAXED_KERNEL', 'With i8x16.relaxed_swizzle. Base64.', relaxed),
    constant('STRICT_KERNEL', 'With i8x16.swizzle only, for engines without relaxed SIMD. Base64.', strict),
  ].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(TARGET, await renderModule());
}
