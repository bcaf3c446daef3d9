import type { ObservedContainer } from './observed.ts';

/** The labels by which Docker's tools group stacks; Berth keeps all of its own state about a project in them. */
export const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  dependsOn: 'com.docker.compose.depends_on',
  image: 'com.docker.compose.image',
  workingDir: 'com.docker.compose.project.working_dir',
  configFiles: 'com.docker.compose.project.config_files',
  replace: 'com.docker.compose.replace',
  version: 'com.docker.compose.version',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
  /** The kind of hook that a container runs. */
  hook: 'com.docker.compose.hook',
  /** The resolved definition as it was when the object was made: what a later plan compares with. */
  definition: 'berth.definition',
} as const;

export function serviceOf(container: ObservedContainer): string {
  return container.labels[label.service] ?? '';
}

export function numberOf(container: ObservedContainer): number {
  return Number(container.labels[label.number] ?? '1');
}

export function isOneOff(container: ObservedContainer): boolean {
  return container.labels[label.oneOff]?.toLowerCase() === 'true';
}
