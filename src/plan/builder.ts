import type {
  Cause,
  Operation,
  OperationDetail,
  Plan,
  ResourceAddress,
  ResourceChange,
} from '../model/plan.ts';

/** An operation before it has a number. */
export interface Draft {
  readonly resource: ResourceAddress;
  readonly detail: OperationDetail;
  readonly cause: Cause;
  readonly needs: Draft[];
  readonly after: Draft[];
}

/** Collects drafts in any order; `finish` numbers them so that each comes after what it needs. */
export class PlanBuilder {
  readonly #project: string;
  readonly #drafts: Draft[] = [];
  readonly #changes: ResourceChange[] = [];
  readonly #notes: Cause[] = [];

  constructor(project: string) {
    this.#project = project;
  }

  add(draft: {
    resource: ResourceAddress;
    detail: OperationDetail;
    cause: Cause;
    needs?: readonly (Draft | undefined)[];
    after?: readonly (Draft | undefined)[];
  }): Draft {
    const { resource, detail, cause } = draft;
    const added = { resource, detail, cause, needs: present(draft.needs), after: present(draft.after) };
    this.#drafts.push(added);
    return added;
  }

  change(change: ResourceChange): void {
    this.#changes.push(change);
  }

  note(note: Cause): void {
    this.#notes.push(note);
  }

  finish(): Plan {
    const order = inOrder(this.#drafts);
    const ids = new Map(order.map((draft, index) => [draft, index + 1]));
    const idsOf = (drafts: readonly Draft[]) =>
      [...new Set(drafts.map((draft) => ids.get(draft) ?? 0))].sort((a, b) => a - b);
    const operations: Operation[] = order.map((draft) => ({
      id: ids.get(draft) ?? 0,
      resource: draft.resource,
      detail: draft.detail,
      needs: idsOf(draft.needs),
      ...(draft.after.length > 0 && { after: idsOf(draft.after) }),
      cause: draft.cause,
    }));
    return { project: this.#project, operations, changes: this.#changes, notes: this.#notes };
  }
}

function present(drafts: readonly (Draft | undefined)[] = []): Draft[] {
  return drafts.filter((draft) => draft !== undefined);
}

function inOrder(drafts: readonly Draft[]): Draft[] {
  const placed = new Set<Draft>();
  const place = (draft: Draft): void => {
    if (placed.has(draft)) return;
    for (const earlier of [...draft.needs, ...draft.after]) place(earlier);
    placed.add(draft);
  };
  for (const draft of drafts) place(draft);
  return [...placed];
}
