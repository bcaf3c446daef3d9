import type { PrivateHost } from '../../helpers/host.ts';

/** Everything that network actions set, once IPv6 addresses have been checked, of the host and of one container's namespace, without what chance or time sets. */
export async function machineOf(host: PrivateHost, netns: string): Promise<Record<string, unknown>> {
  const inside = `nsenter --net=${netns} `;
  const [outer, inner] = await Promise.all([placeOf(host, ''), placeOf(host, inside)]);
  return { outer, inner };
}

async function placeOf(host: PrivateHost, prefix: string): Promise<Record<string, unknown>> {
  const { stdout } = await host.run(`
    for _ in {1..50}; do [ -z "$(${prefix}ip -6 addr show tentative)" ] && break; sleep 0.1; done
    ${prefix}ip -j -d link; echo; ${prefix}ip -j addr; echo
    ${prefix}ip -j route show table all; echo; ${prefix}ip -6 -j route show table all; echo
    ${prefix}iptables-save | grep -v '^#'; true`);
  const [links, addresses, routes, routes6, ...rules] = stdout.split('\n').filter((line) => line !== '');
  const parameters = await host.run(
    `${prefix}sysctl -a 2>/dev/null | grep -E 'route_localnet|disable_ipv6|accept_ra |[^c]forwarding|unprivileged_port_start|ping_group'`,
  );
  return {
    links: lasting(JSON.parse(links ?? '[]')),
    addresses: lasting(JSON.parse(addresses ?? '[]')),
    routes: lasting(JSON.parse(routes ?? '[]')),
    routes6: lasting(JSON.parse(routes6 ?? '[]')),
    rules,
    parameters: parameters.stdout.split('\n'),
  };
}

/** Timers, random MACs of the host's ends. */
function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  const isHostVeth = 'ifname' in value && String(value.ifname).startsWith('veth');
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !/timer|topology_change|life_time|link_netnsid|expires/.test(key))
      .filter(([key]) => !(isHostVeth && key === 'address'))
      .map(([key, part]) => [key, lasting(part)]),
  );
}
