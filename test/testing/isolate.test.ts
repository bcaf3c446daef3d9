import { describe, expect, it } from 'vitest';
import type { StackOptions } from '../../src/testing/options.ts';
import { isolated } from '../../src/testing/isolate.ts';
import { loadSource } from '../../src/testing/source.ts';

const shop = {
  services: {
    api: {
      image: 'berth/host',
      container_name: 'the-api',
      ports: ['8080:3000', '[::1]:9090:9090'],
      environment: { MODE: 'test' },
      networks: { front: { ipv4_address: '10.9.8.7' }, lan: null },
      volumes: ['data:/data', 'given:/given'],
    },
  },
  networks: {
    front: { name: 'shop-front', ipam: { config: [{ subnet: '10.9.8.0/24' }] } },
    lan: { external: true },
  },
  volumes: { data: { name: 'shop-data' }, given: { external: true } },
} as const;

async function isolatedShop(options: StackOptions = {}): Promise<ReturnType<typeof isolated>['model']> {
  const { project } = await loadSource(shop, { ...options, projectName: 'shop-1' });
  return isolated(project, { lease: 'l', options }).model;
}

describe('a stack of many', () => {
  it('publishes on free ports of 127.0.0.1, and where the file names an address, there', async () => {
    const { services } = await isolatedShop();
    expect(services['api']?.ports).toMatchObject([
      { target: 3000, host_ip: '127.0.0.1' },
      { target: 9090, host_ip: '::1' },
    ]);
    expect(services['api']?.ports?.map(({ published }) => published)).toEqual([undefined, undefined]);
  });

  it('has names of its own, and leaves what is external', async () => {
    const { services, networks, volumes } = await isolatedShop();
    expect(services['api']).not.toHaveProperty('container_name');
    expect(networks?.['front']?.name).toBe('shop-1_front');
    expect(networks?.['lan']?.name).toBe('lan');
    expect(volumes?.['data']?.name).toBe('shop-1_data');
    expect(volumes?.['given']?.name).toBe('given');
  });

  it('is still found by the name that its container had', async () => {
    const { services } = await isolatedShop();
    expect(services['api']?.networks?.['front']?.aliases).toEqual(['the-api']);
    expect(services['api']?.networks?.['lan']?.aliases).toEqual(['the-api']);
  });

  it('has addresses of its own', async () => {
    const { services, networks } = await isolatedShop();
    expect(networks?.['front']).not.toHaveProperty('ipam');
    expect(services['api']?.networks?.['front']).not.toHaveProperty('ipv4_address');
  });

  it('carries the label of its lease on all that it makes, and on nothing else', async () => {
    const { services, networks, volumes } = await isolatedShop();
    const label = { 'dev.berth.lease': 'l' };
    expect(services['api']?.labels).toEqual(label);
    expect([networks?.['front']?.labels, volumes?.['data']?.labels]).toEqual([label, label]);
    expect([networks?.['lan']?.labels, volumes?.['given']?.labels]).toEqual([undefined, undefined]);
  });

  it('keeps what is asked to be kept', async () => {
    const { services, networks } = await isolatedShop({ fixed: ['ports', 'addresses', 'names'] });
    expect(services['api']).toMatchObject({
      container_name: 'the-api',
      ports: [{ published: '8080' }, { published: '9090' }],
      networks: { front: { ipv4_address: '10.9.8.7' } },
    });
    expect(networks?.['front']).toMatchObject({ name: 'shop-front', ipam: {} });
  });

  it('gets the environment of the test besides that of the file', async () => {
    const { services } = await isolatedShop({ env: { api: { DEBUG: true } } });
    expect(services['api']?.environment).toEqual({ MODE: 'test', DEBUG: 'true' });
  });
});

describe('a source', () => {
  const image = (text: string): string => `services:\n  api:\n    image: ${text}\n`;

  it('takes its variables from params', async () => {
    const { project } = await loadSource(image('db:${TAG}'), { params: { TAG: 16 }, projectName: 'p' });
    expect(project.model.services['api']?.image).toBe('db:16');
  });

  it('that is an object has dollars as they stand', async () => {
    const source = { services: { api: { image: 'a', command: ['sh', '-c', 'echo $HOME ${X} $$'] } } };
    const { project } = await loadSource(source, { projectName: 'p' });
    expect(project.model.services['api']?.command).toEqual(['sh', '-c', 'echo $HOME ${X} $$']);
  });

  it('with a variable that nobody gives is refused', async () => {
    const loading = loadSource(image('db:${NO_SUCH_TAG}'), { projectName: 'p' });
    await expect(loading).rejects.toMatchObject({ code: 'PARAM_MISSING' });
  });

  it('of several lines is the file itself', async () => {
    const { project } = await loadSource('services:\n  api: { image: a }\n', { projectName: 'p' });
    expect(Object.keys(project.model.services)).toEqual(['api']);
  });

  it('tells what is wrong with it', async () => {
    const broken = { services: { api: { image: 'a', ports: ['x:y'] } } };
    await expect(loadSource(broken, { projectName: 'p' })).rejects.toMatchObject({ name: 'ComposeError' });
  });
});
