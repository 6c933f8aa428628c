import type { Stage } from '../set-up.ts';

/** Collects what differs between the chain and the model. */
export class Differences {
  readonly found: string[] = [];

  /** Compares numbers of any kind and addresses of any case by what they say. */
  same(what: string, onChain: unknown, inModel: unknown): void {
    const [chain, model] = [show(onChain), show(inModel)];
    if (chain !== model) this.found.push(`${what}: ${chain} on chain, ${model} in the model`);
  }

  /** The same for each field that the model has. */
  sameFields(what: string, onChain: unknown, inModel: Readonly<Record<string, unknown>>): void {
    const fields = onChain as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(inModel)) this.same(`${what}.${name}`, fields[name], value);
  }

  holds(what: string, condition: boolean): void {
    if (!condition) this.found.push(what);
  }
}

/** Compares one part of the state. */
export type Comparison = (stage: Stage, differences: Differences, everything: boolean) => Promise<void>;

export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return String(value).toLowerCase();
}
