import { ComposeError, HostError, UsageError } from '../model/errors.ts';
import type { Project } from '../model/compose.ts';

export function dependencyCycle(project: Project, cycle: readonly string[]): ComposeError {
  const [first = '', second = ''] = cycle;
  return new ComposeError('DEPENDENCY_CYCLE', `dependency cycle: ${cycle.join(' → ')}`, {
    at: project.at(['services', first, 'depends_on', second]) ?? project.at(['services', first]),
    hint: `remove one of these dependencies, for example \`${second}\` from services.${first}.depends_on`,
  });
}

export function externalNetworkMissing(input: {
  project: Project;
  key: string;
  name: string;
  service: string;
}): HostError {
  const { project, key, name, service } = input;
  return new HostError(
    'NETWORK_EXTERNAL_MISSING',
    `network ${name} declared as external, but could not be found (service ${service} uses it)`,
    { at: project.at(['networks', key]), hint: `create it first: berth network create ${name}` },
  );
}

export function externalVolumeMissing(input: { project: Project; key: string; name: string }): HostError {
  return new HostError(
    'VOLUME_EXTERNAL_MISSING',
    `volume ${input.name} declared as external, but could not be found`,
    {
      at: input.project.at(['volumes', input.key]),
      hint: `create it first: berth volume create ${input.name}`,
    },
  );
}

export function imageMissing(input: {
  project: Project;
  service: string;
  image: string;
  /** Further ones, in the order of the file. */
  others?: readonly { service: string; image: string }[];
}): HostError {
  const { project, service, image, others = [] } = input;
  return new HostError('IMAGE_MISSING', `image ${image} of service ${service} is not in the store`, {
    at: project.at(['services', service, 'image']) ?? project.at(['services', service]),
    hint:
      `fetch it with \`berth pull ${service}\` (its pull policy keeps \`up\` from doing so), ` +
      'or bring it in with `berth image load -i <archive>`',
    others: others.map((other) => imageMissing({ project, ...other })),
  });
}

export function pullPolicyInvalid(about: { project: Project; service: string; text: string }): ComposeError {
  const { project, service, text } = about;
  return new ComposeError('PULL_POLICY_INVALID', `"${text}" is no pull policy`, {
    at: project.at(['services', service, 'pull_policy']),
    hint: 'write always, missing, never, build, daily, weekly, or every_ and a time such as every_12h',
  });
}

export function noImage(project: Project, service: string): ComposeError {
  return new ComposeError('IMAGE_UNNAMED', `service ${service} names no image`, {
    at: project.at(['services', service]),
    hint: 'write `image: berth/host`, or the name of an image that is in the store',
  });
}

export function scaleWithContainerName(project: Project, service: string): ComposeError {
  return new ComposeError(
    'SCALE_CONTAINER_NAME',
    `service ${service} has a container_name, so it can't have more than one replica`,
    {
      at: project.at(['services', service, 'container_name']),
      hint: 'remove container_name, or scale the service to 1',
    },
  );
}

export function nameUsedTwice(about: {
  project: Project;
  service: string;
  other: string;
  name: string;
}): ComposeError {
  const { project, service, other, name } = about;
  const text = `container name "${name}" is already in use by service ${other}: service ${service} can't have it too`;
  return new ComposeError('CONTAINER_NAME_TWICE', text, {
    at: project.at(['services', service, 'container_name']),
    hint: 'give each its own container_name, or none, or bring up one of the two',
  });
}

export function startPeriodMissing(project: Project, service: string): ComposeError {
  const text = `service ${service}: healthcheck.start_interval requires healthcheck.start_period to be set`;
  return new ComposeError('COMPOSE_MISSING_KEY', text, {
    at: project.at(['services', service, 'healthcheck', 'start_interval']),
    hint: 'set start_period: start_interval is the interval within that period',
  });
}

export function donorMissing(about: { service: string; donor: string; what: string }): UsageError {
  const { service, donor, what } = about;
  const text = `service ${service} cannot share ${what} with service ${donor}: container missing`;
  return new UsageError('DONOR_MISSING', text, {
    hint: `bring it up first, or with it:  berth up -d ${donor} ${service}`,
  });
}

export function unknownService(project: Project, name: string): UsageError {
  const disabled = project.disabledServices.includes(name);
  return new UsageError('SERVICE_UNKNOWN', `no such service: ${name}`, {
    hint: disabled
      ? `a profile leaves it out; enable the profile with --profile`
      : `services of ${project.name}: ${Object.keys(project.model.services).join(', ')}`,
  });
}

export function noContainer(
  input: { projectName: string; project?: Project | undefined },
  service: string,
): UsageError {
  const { project } = input;
  if (project && !(service in project.model.services)) return unknownService(project, service);
  return new UsageError('SERVICE_NOT_RUNNING', `service ${service} has no container`, {
    hint: `bring it up:  berth up -d ${service}`,
  });
}
