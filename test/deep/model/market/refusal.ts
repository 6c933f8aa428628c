/**
 * What a contract answers instead of acting: a custom error's name and its values in order. `undefined` stands for a value that the
 * model cannot know, such as what a malformed signature recovers to.
 */
export class Refusal extends Error {
  readonly error: string;
  readonly values: readonly unknown[];

  constructor(error: string, values: readonly unknown[]) {
    super(`${error}(${values.map(String).join(', ')})`);
    this.error = error;
    this.values = values;
  }
}

/** A requirement, in the words of the interfaces: `error` with `values` unless `holds`. */
export function need(holds: boolean, error: string, ...values: unknown[]): asserts holds {
  if (!holds) throw new Refusal(error, values);
}
