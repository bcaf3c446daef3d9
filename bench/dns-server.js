// The resolver under load: opened in the namespace given, answering for one web service of several replicas.
// Arguments: namespace path, number of containers. Prints its ports as JSON, serves until stdin ends.
import { applyResolverRedirect } from '../src/network/redirect.ts';
import { Resolver } from '../src/dns/resolver.ts';
import { ZoneTable } from '../src/dns/zone.ts';

const [netns, count] = process.argv.slice(2);
const zone = new ZoneTable();
const network = { id: 'n'.repeat(64), name: 'shop_front', internal: false };

for (let index = 0; index < Number(count); index++) {
  zone.setEndpoint({
    containerId: index.toString(16).padStart(64, '0'),
    containerName: `shop-web-${index + 1}`,
    network,
    ipv4: `172.18.${(index + 2) >> 8}.${(index + 2) & 0xff}`,
    ipv6: '',
    names: [`service-${index}`, ...(index < 3 ? ['web'] : [])],
  });
}

const resolver = new Resolver({ zone, upstreams: () => [], log: () => {} });
const ports = resolver.open({ containerId: '0'.repeat(64), netns });
await applyResolverRedirect({ netns, ...ports });
console.log(JSON.stringify(ports));
process.stdin.on('end', () => process.exit(0)).resume();
