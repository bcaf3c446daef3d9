import type Docker from 'dockerode';

/** A Docker Engine in the place of ours. */
export interface DockerFacts {
  /** The N of its newest API version, 1.N. */
  readonly apiMinor: number;
}

/** From this version of the API on, a container is made with all its networks at once. */
const ALL_NETWORKS_MINOR = 44;

type Endpoints = NonNullable<
  NonNullable<Docker.ContainerCreateOptions['NetworkingConfig']>['EndpointsConfig']
>;

/** What an engine is told when it makes a container, and the networks that it is connected to afterwards. */
export function forDocker(
  body: Docker.ContainerCreateOptions,
  { apiMinor }: DockerFacts,
): { body: Docker.ContainerCreateOptions; later: readonly [network: string, endpoint: Endpoints[string]][] } {
  const endpoints: Endpoints = body.NetworkingConfig?.EndpointsConfig ?? {};
  const mode = body.HostConfig?.NetworkMode ?? '';
  const first = mode in endpoints ? mode : Object.keys(endpoints)[0];
  if (apiMinor >= ALL_NETWORKS_MINOR || first === undefined) return { body, later: [] };
  return {
    body: { ...body, NetworkingConfig: { EndpointsConfig: { [first]: endpoints[first] ?? {} } } },
    later: Object.entries(endpoints).filter(([name]) => name !== first),
  };
}
