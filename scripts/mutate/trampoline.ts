/**
 * Lets one compiled test deploy any mutant. A test that says `new X()` contains X's creation code, verbatim. In its place
 * stands creation code of the same length that fetches the real one from an account of its own, where each run puts
 * what it wants: so a mutant costs the compilation of one contract, not of the tests too, which takes ten times as long.
 */
import type { ContractId } from './compile.ts';

/** Where the real creation code lies. */
export function creationAccount(index: number): string {
  return `4d55544154494f4e00000000${index.toString(16).padStart(16, '0')}`;
}

/** Creation code that makes whatever follows it the code of a contract. */
const STORE_REST = '600b380380600b5f395ff3';

/**
 * `vm.unixTime()`: the runner runs failed tests again, recording every step, unless they called what cannot be repeated. Nobody
 * reads the record, and that of an endless loop takes gigabytes. Stack before and after: the helper.
 */
const UNREPEATABLE = '63625387dc60e01b5f525f5f60045f5f737109709ecfa91a80626ff3989d68f67f5b1dd12d5af150';

/**
 * The real creation code finds its arguments behind itself, in its own code. So a helper gets both as its code, and a
 * delegate call to it runs the constructor as the new contract, with the same sender and value.
 *
 * @param length bytes of the creation code that this replaces
 */
export function trampoline(index: number, length: number): string {
  const [account, size] = [creationAccount(index), length.toString(16).padStart(6, '0')];
  const body = [
    // Memory: STORE_REST, the real creation code, the arguments.
    `6a${STORE_REST}60a81b5f52`,
    `73${account}3b`,
    `805f600b73${account}3c`,
    // The arguments follow the code that runs now, `length` bytes of it.
    `62${size}3803`,
    `8062${size}83600b0139`,
    '01600b015f5ff0',
    UNREPEATABLE,
    // Call, and hand on what comes back.
    '5f5f5f5f845af4',
    '3d5f5f3e',
  ].join('');
  const jumpTarget = (body.length / 2 + 6).toString(16).padStart(2, '0');
  const code = `${body}60${jumpTarget}573d5ffd5b3d5ff3`;
  return code.padEnd(2 * length, '0');
}

/** Longer than the trampoline itself. */
export const MIN_LENGTH = 160;

/** A contract whose creation code can be exchanged. */
export interface Exchangeable {
  id: ContractId;
  code: string;
}

/** Replaces each exchangeable creation code inside `code`; the outermost wins, so the list is sorted by falling length. */
export function withTrampolines(
  code: string,
  exchangeable: readonly Exchangeable[],
): { code: string; embedded: ContractId[] } {
  const embedded: ContractId[] = [];
  let result = code;
  for (const [index, { id, code: part }] of exchangeable.entries()) {
    if (part.length >= code.length || !result.includes(part)) continue;
    result = result.replaceAll(part, trampoline(index, part.length / 2));
    embedded.push(id);
  }
  return { code: result, embedded };
}
