import { label } from '../plan/labels.ts';
import type { EngineClientLike } from './engine-client.ts';

/** A project that the engine has containers of. */
export interface ListedProject {
  readonly name: string;
  /** State → number of containers. */
  readonly states: Readonly<Record<string, number>>;
  readonly files: readonly string[];
}

/** Projects by name. `all`: those too of which nothing runs. */
export async function listProjects(
  client: EngineClientLike,
  about: { all: boolean },
): Promise<ListedProject[]> {
  const containers = await client.listContainers({ all: about.all, filters: { label: [label.project] } });
  const projects = new Map<string, { states: Record<string, number>; files: Set<string> }>();
  for (const { Labels, State } of containers) {
    const name = Labels[label.project] ?? '';
    const project = projects.get(name) ?? { states: {}, files: new Set() };
    projects.set(name, project);
    if (Labels[label.oneOff]?.toLowerCase() === 'true') continue;
    project.states[State] = (project.states[State] ?? 0) + 1;
    for (const file of (Labels[label.configFiles] ?? '').split(',')) if (file !== '') project.files.add(file);
  }
  return [...projects]
    .filter(([, { states }]) => Object.keys(states).length > 0)
    .map(([name, { states, files }]) => ({ name, states, files: [...files] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
