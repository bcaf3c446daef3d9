import { createHash } from 'node:crypto';
import type {
  ComposeModel,
  NetworkModel,
  Project,
  ServiceModel,
  VolumeModel,
} from '../../src/model/compose.ts';
import type { Plan } from '../../src/model/plan.ts';
import { formatOperations, formatPlan } from '../../src/plan/format.ts';
import type { ObservedContainer, ObservedState } from '../../src/plan/observed.ts';
import { planUp } from '../../src/plan/plan-up.ts';
import type { UpRequest } from '../../src/plan/request.ts';
import { bodyMaker, networkBody, volumeBody } from '../../src/stack/bodies.ts';
import { createContainerBody } from '../../src/stack/create-body.ts';

interface Sketch {
  readonly services: Readonly<Record<string, ServiceModel>>;
  readonly networks?: Readonly<Record<string, NetworkModel>>;
  readonly volumes?: Readonly<Record<string, VolumeModel>>;
  readonly disabled?: readonly string[];
}

/** The image that every service uses unless it names another. */
export const imageId = 'sha256:' + 'a'.repeat(64);

/** A project called shop; each service runs berth/host on the default network unless it says otherwise. */
export function shop(sketch: Sketch): Project {
  const services = Object.entries(sketch.services).map(([name, service]) => [name, completed(service)]);
  const model: ComposeModel = {
    name: 'shop',
    services: Object.fromEntries(services) as Record<string, ServiceModel>,
    networks: sketch.networks ?? { default: {} },
    volumes: sketch.volumes ?? {},
  };
  return {
    name: 'shop',
    workingDir: '/srv/shop',
    files: ['/srv/shop/compose.yaml'],
    model,
    disabledServices: sketch.disabled ?? [],
    environment: {},
    at: (path) => ({ file: '/srv/shop/compose.yaml', line: path.length, column: 1 }),
  };
}

/** Nothing there but the image. */
export const nothing: ObservedState = {
  networks: [],
  volumes: [],
  containers: [],
  images: { 'berth/host': imageId },
};

/** What is there after `up`; `change` alters single containers by name. */
export function upAndRunning(
  project: Project,
  change: Readonly<Record<string, Partial<ObservedContainer>>> = {},
  scale: Readonly<Record<string, number>> = {},
): ObservedState {
  const keys = Object.keys(project.model.networks ?? {});
  const networks = keys.map((key) => {
    const { Name: name, Labels: labels = {} } = networkBody(project, key);
    return { id: `id of ${name}`, name, labels: project.model.networks?.[key]?.external ? {} : labels };
  });
  const volumes = Object.keys(project.model.volumes ?? {}).map((key) => {
    const { Name: name = '', Labels: labels = {} } = volumeBody(project, key);
    return { name, labels };
  });
  const containers = Object.keys(project.model.services).flatMap((service) =>
    Array.from({ length: scale[service] ?? 1 }, (_, index) =>
      runningContainer(project, { service, number: index + 1, change }),
    ),
  );
  return { networks, volumes, containers, images: { 'berth/host': imageId } };
}

/** A container that nothing in the files accounts for, or a variation of one that does. */
export function runningContainer(
  project: Project,
  about: {
    service: string;
    number: number;
    change?: Readonly<Record<string, Partial<ObservedContainer>>>;
  },
): ObservedContainer {
  const { service, number, change = {} } = about;
  const model = project.model.services[service] ?? {};
  const name = model.container_name ?? `shop-${service}-${number}`;
  const body = createContainerBody(project, { service, number, name, imageId });
  const attached = Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {});
  return {
    id: createHash('sha256').update(name).digest('hex'),
    name,
    status: 'running',
    exitCode: undefined,
    health: 'none',
    imageId,
    labels: body.Labels ?? {},
    networks: Object.fromEntries(attached.map((network) => [network, `id of ${network}`])),
    mounts: [],
    created: '2026-11-01T10:00:00Z',
    ...change[name],
  };
}

/** The plan of `up` as text: what changes, then the operations. */
export function upText(project: Project, observed: ObservedState, request: Partial<UpRequest> = {}): string {
  return planText(
    planUp({ project, observed, bodies: bodyMaker(project), request: { services: [], ...request } }),
  );
}

export function planText(plan: Plan): string {
  return '\n' + formatPlan(plan, { base: '/srv/shop' }) + formatOperations(plan);
}

function completed(service: ServiceModel): ServiceModel {
  const image = service.image ?? 'berth/host';
  if (service.network_mode !== undefined) return { ...service, image };
  return { ...service, image, networks: service.networks ?? { default: null } };
}
