import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { addressOf, example, eventually, page } from '../../helpers/scenario.ts';

const [gateway, blog] = [example('external/gateway'), example('external/blog')];

interface NetworkInspect {
  readonly Id: string;
  readonly Containers: Record<string, { Name: string; IPv4Address: string; MacAddress: string }>;
  readonly IPAM: { Config: { Subnet: string; Gateway: string }[] };
}

describe('examples/external', () => {
  let host: PrivateHost;
  let before: Snapshot;
  let bridge: string;
  let subnet: string;
  let address: { gateway: string; blog: string };

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    before = await host.snapshot();
    await host.berth('network create hehe');
    await host.berth('up -d', { cwd: gateway });
    await host.berth('up -d', { cwd: blog });
    address = {
      gateway: await addressOf(host, 'gateway-gateway-1'),
      blog: await addressOf(host, 'blog-blog-1'),
    };
    const network = await inspectHehe();
    bridge = `br-${network.Id.slice(0, 12)}`;
    subnet = network.IPAM.Config[0]?.Subnet ?? '';
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  async function inspectHehe(): Promise<NetworkInspect> {
    const [network] = JSON.parse((await host.berth('network inspect hehe')).stdout) as NetworkInspect[];
    if (!network) throw new Error('network inspect printed an empty list');
    return network;
  }

  it('inspects the network in the shape of GET /networks/{id}, with both containers', async () => {
    const network = await inspectHehe();
    expect(network).toMatchObject({
      Name: 'hehe',
      Id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$/) as string,
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv6: false,
      IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: subnet.replace(/0\/\d+$/, '1') }] },
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigFrom: { Network: '' },
      ConfigOnly: false,
      Options: {},
      Labels: {},
    });
    const containers = Object.values(network.Containers).sort((a, b) => a.Name.localeCompare(b.Name));
    expect(containers).toMatchObject([
      { Name: 'blog-blog-1', IPv4Address: `${address.blog}/16`, IPv6Address: '' },
      { Name: 'gateway-gateway-1', IPv4Address: `${address.gateway}/16`, IPv6Address: '' },
    ]);
    expect(containers.map(({ MacAddress }) => MacAddress)).toEqual([
      macOf(address.blog),
      macOf(address.gateway),
    ]);
  });

  it('reaches the blog by name from the gateway', async () => {
    const fetchBlog = () => host.berth('exec gateway wget -qO- http://blog:8080', { cwd: gateway });
    expect((await eventually(fetchBlog)).stdout).toContain('The blog\n');
  });

  it('serves the blog to the LAN through the gateway', async () => {
    expect(await page(host.lan, 'http://10.77.0.1:8088/')).toContain('The blog\n');
  });

  it('translates addresses: DNAT of the published port, MASQUERADE of the subnet and of the hairpin', async () => {
    const rules = (await host.run('iptables-save -t nat')).stdout;
    for (const hook of ['PREROUTING', 'OUTPUT'])
      expect(rules).toContain(`-A ${hook} -m addrtype --dst-type LOCAL -j BERTH\n`);
    const dnat = `-p tcp -m tcp --dport 8088 .*-j DNAT --to-destination ${address.gateway}:80$`;
    expect(rules).toMatch(new RegExp(`^-A BERTH ${dnat}`, 'm'));
    expect(rules).toMatch(
      new RegExp(`^-A \\S*POSTROUTING -s ${subnet} ! -o ${bridge} .*-j MASQUERADE$`, 'm'),
    );
    const self = `-s ${address.gateway}/32 -d ${address.gateway}/32 -p tcp -m tcp --dport 80`;
    expect(rules).toMatch(new RegExp(`^-A \\S*POSTROUTING ${self} .*-j MASQUERADE$`, 'm'));
  });

  it('filters: connections under way, networks apart, one accept a published port, and the rest dropped', async () => {
    const rules = (await host.run('iptables-save -t filter')).stdout;
    const port = `-d ${address.gateway}/32 ! -i ${bridge} -o ${bridge} -p tcp -m tcp --dport 80`;
    expect(rules).toMatch(
      new RegExp(`-o ${bridge} .*-m conntrack --ctstate RELATED,ESTABLISHED .*-j ACCEPT$`, 'm'),
    );
    expect(rules).toMatch(
      new RegExp(`-A BERTH-ISOLATION-STAGE-1 -i ${bridge} ! -o ${bridge} .*-j BERTH-ISOLATION-STAGE-2$`, 'm'),
    );
    expect(rules).toMatch(new RegExp(`-A BERTH-ISOLATION-STAGE-2 -o ${bridge} .*-j DROP$`, 'm'));
    expect(rules).toMatch(new RegExp(`^-A BERTH ${port} .*-j ACCEPT$`, 'm'));
    expect(rules).toMatch(new RegExp(`^-A BERTH ! -i ${bridge} -o ${bridge} .*-j DROP$`, 'm'));
  });

  it('drops what is sent to the address of a published container from outside its bridge, before anything else', async () => {
    const rules = (await host.run('iptables-save -t raw')).stdout;
    expect(rules).toMatch(new RegExp(`-d ${address.gateway}/32 ! -i ${bridge} .*-j DROP$`, 'm'));
  });

  it('has one veth a container on the bridge', async () => {
    const { stdout } = await host.run(['ip', '-o', 'link', 'show', 'master', bridge]);
    expect(stdout.match(/veth[0-9a-f]{7}@/g)).toHaveLength(2);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('shows eth0 and the redirect of the resolver inside a namespace', async () => {
    const { stdout: key } = await host.run(
      `ls ${host.runRoot}/netns/* | while read -r f; do nsenter --net=$f ip -o -4 address | grep -q ${address.gateway}/ && echo $f; done; true`,
    );
    const inside = async (command: string) =>
      (await host.run(`nsenter --net=${key.trim()} ${command}`)).stdout;
    expect(await inside('ip -o -4 address show eth0')).toContain(`inet ${address.gateway}/16`);
    expect(await inside('ip -o link show eth0')).toContain(`link/ether ${macOf(address.gateway)}`);
    const rules = await inside('iptables-save -t nat');
    for (const protocol of ['tcp', 'udp'])
      expect(rules).toMatch(
        new RegExp(`-d 127.0.0.11/32 -p ${protocol} .*--dport 53 -j DNAT --to-destination 127.0.0.11:\\d+`),
      );
  });

  it('leaves the network when both projects go, and nothing when the network goes', async () => {
    await host.berth('down', { cwd: gateway });
    await host.berth('down', { cwd: blog });
    expect((await inspectHehe()).Containers).toEqual({});
    expect((await host.run(['ip', '-o', 'link', 'show', 'master', bridge])).stdout).toBe('');
    expect((await host.run(['ip', '-o', 'link', 'show', bridge])).stdout).toContain(bridge);
    await host.berth('network rm hehe');
    await host.expectClean(before);
  });
});

function macOf(ipv4: string): string {
  return ['02', '42', ...ipv4.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':');
}
