/** How often each kind of step succeeded or was refused, and with which errors. */
export class Tally {
  readonly #actions = new Map<string, { ok: number; refused: Map<string, number> }>();
  readonly #outcomes = new Map<string, number>();
  steps = 0;

  note(action: string, error: string | undefined): void {
    let row = this.#actions.get(action);
    if (row === undefined) this.#actions.set(action, (row = { ok: 0, refused: new Map() }));
    this.steps += 1;
    if (error === undefined) row.ok += 1;
    else row.refused.set(error, (row.refused.get(error) ?? 0) + 1);
  }

  /** How something that a whole sequence led to came out. */
  count(outcome: string, times: number): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + times);
  }

  outcomes(): string {
    return [...this.#outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(', ');
  }

  get succeeded(): number {
    return this.#rows().reduce((sum, [, { ok }]) => sum + ok, 0);
  }

  actions(): Set<string> {
    return new Set(this.#rows().flatMap(([action, { ok }]) => (ok > 0 ? [action] : [])));
  }

  errors(): Map<string, number> {
    const errors = new Map<string, number>();
    for (const [, { refused }] of this.#rows()) {
      for (const [error, count] of refused) errors.set(error, (errors.get(error) ?? 0) + count);
    }
    return errors;
  }

  /** Action by action: how often it went well, and each expected error with its count. */
  table(): string {
    return this.#rows()
      .map(([action, { ok, refused }]) => {
        const errors = [...refused].toSorted(([, a], [, b]) => b - a).map(([error, count]) => `${error} ${count}`);
        const total = [...refused.values()].reduce((sum, count) => sum + count, 0);
        return `${action.padEnd(18)} ok ${String(ok).padStart(6)}  refused ${String(total).padStart(6)}  ${errors.join(', ')}`;
      })
      .join('\n');
  }

  #rows() {
    return [...this.#actions].toSorted(([a], [b]) => a.localeCompare(b));
  }
}
