import { randomBytes } from 'node:crypto';
import type { EngineApi } from '../engine/engine-api.ts';
import type { BuildRequest } from '../model/build.ts';
import { BodyReader } from './mapping/body-reader.ts';
import { containerSpec } from './mapping/create-body.ts';

/**
 * Does `work` while a container stands on the network that the RUN steps want, whose namespace they share: so they
 * get its addresses, names and rules.
 */
export async function withBuildNetwork<T>(
  engine: EngineApi,
  request: BuildRequest,
  work: (request: BuildRequest) => Promise<T>,
): Promise<T> {
  const { network } = request;
  if (['', 'default', 'host', 'none'].includes(network) || network.startsWith('container:'))
    return work(request);
  const body = {
    Image: 'berth/host',
    Cmd: ['sleep', 'infinity'],
    Labels: { 'berth.build': 'network' },
    HostConfig: { NetworkMode: network },
  };
  const name = `berth-build-${randomBytes(4).toString('hex')}`;
  const { id } = await engine.createContainer(containerSpec(name, new BodyReader(body, '')));
  try {
    await engine.startContainer(id);
    return await work({ ...request, network: `container:${id}` });
  } finally {
    await engine.removeContainer(id, { force: true, volumes: true });
  }
}
