import type { Scene } from '../behaviour.ts';

const told = (container: string) =>
  `docker ps --filter name=^${container}$ --format '{{.Ports}}'; docker port ${container}; docker inspect -f '{{json .NetworkSettings.Ports}}' ${container}`;
/** Publishes, tells, and takes away. */
const publish = (flags: string, more = '') =>
  `web p0 --network n1 ${flags}; ${told('p0')}${more}; docker rm -f p0`;
const anyPort = (text: string) =>
  `{ ${text}; } | sed -E 's/\\b(3[2-9]|4[0-9]|5[0-9]|6[0-5])[0-9]{3}\\b/<port>/g'`;

export const ports: Scene = {
  name: 'ports',
  setUp: `
    docker network create --subnet 10.13.1.0/24 n1
    docker network create --subnet 10.13.2.0/24 n2
    docker network create --subnet 10.13.3.0/24 --internal inner
    docker network create --subnet 10.13.4.0/24 -o com.docker.network.bridge.host_binding_ipv4=127.0.0.1 local
    web served --network n1 --ip 10.13.1.10 -p 8100:80
    web loop --network n1 -p 127.0.0.1:8101:80
    sleeper n1c --network n1
    sleeper n2c --network n2`,
  behaviours: [
    { id: 'port-simple', is: '-p 8001:80', see: publish('-p 8001:80') },
    { id: 'port-address', is: '-p 127.0.0.1:8002:80', see: publish('-p 127.0.0.1:8002:80') },
    { id: 'port-v4', is: '-p 0.0.0.0:8003:80', see: publish('-p 0.0.0.0:8003:80') },
    { id: 'port-v6', is: '-p [::1]:8004:80', see: publish("-p '[::1]:8004:80'") },
    { id: 'port-udp', is: '-p 8005:53/udp', see: publish('-p 8005:53/udp') },
    { id: 'port-both', is: 'TCP and UDP with one number', see: publish('-p 8006:53 -p 8006:53/udp') },
    { id: 'port-range', is: '-p 8010-8012:8010-8012', see: publish('-p 8010-8012:8010-8012') },
    {
      id: 'port-first-free',
      is: '-p 8099-8102:80 takes the first free one',
      see: `web p9 --network n1 -p 8150:80; ${publish('-p 8150-8152:80')}; docker rm -f p9`,
    },
    { id: 'port-ephemeral', is: '-p 80: a port of the kernel’s choice', see: anyPort(publish('-p 80')) },
    { id: 'port-ephemeral-address', is: '-p 127.0.0.1::80', see: anyPort(publish('-p 127.0.0.1::80')) },
    { id: 'port-all', is: '-P publishes what the image exposes', see: anyPort(publish('-P')) },
    { id: 'port-all-expose', is: '-P and --expose', see: anyPort(publish('-P --expose 99-100')) },
    {
      id: 'port-exposed',
      is: 'what is only exposed is listed without an address',
      see: publish('--expose 90'),
    },
    {
      id: 'port-twice',
      is: 'one container port on two host ports',
      see: `web p0 --network n1 -p 8007:80 -p 127.0.0.1:8008:80; docker ps --filter name=p0 --format '{{.Ports}}'; docker port p0; docker inspect -f '{{json (index .NetworkSettings.Ports "80/tcp")}}' p0 | jq -c 'sort_by(.HostPort, .HostIp)[]'; docker rm -f p0`,
    },
    {
      id: 'port-loopbacks',
      is: 'one port on two loopback addresses',
      see: publish('-p 127.0.0.1:8009:80 -p 127.0.0.2:8009:81'),
    },
    {
      id: 'port-query',
      is: 'docker port with a port, and with one that is not published',
      see: 'docker port served 80; docker port served 80/tcp; try docker port served 99',
    },
    {
      id: 'port-hostconfig',
      is: 'inspect keeps what was asked for',
      see: `docker inspect -f '{{json .HostConfig.PortBindings}} {{json .Config.ExposedPorts}}' served`,
    },
    {
      id: 'port-host-binding',
      is: 'the default address of a network’s option',
      see: `web hb --network local -p 8110:80; ${told('hb')}; docker rm -f hb`,
    },
    {
      id: 'port-conflict',
      is: 'a port that another container has',
      see: `try docker run -d --name late --network n1 -p 8100:80 $image true | sed 's/^<id>//'; docker ps -a --filter name=late --format '{{.State}}'; docker rm -f late`,
      difference: 'taken-port',
    },
    {
      id: 'port-conflict-code',
      is: 'and the exit code',
      see: `docker run -d --name late --network n1 -p 8100:80 $image true > /dev/null 2>&1; echo $?; docker rm -f late`,
    },
    {
      id: 'port-conflict-program',
      is: 'a port that a program of the host has',
      see: `socat TCP-LISTEN:8120,bind=0.0.0.0 STDOUT & for n in $(seq 50); do ss -Hlnt | grep -q :8120 && break; sleep 0.05; done; try docker run -d --name late --network n1 -p 8120:80 $image true; kill %1; docker rm -f late`,
      difference: 'taken-port',
    },
    {
      id: 'port-conflict-address',
      is: 'all addresses and one address clash',
      see: `docker run -d --name late --network n1 -p 127.0.0.1:8100:80 $image true > /dev/null 2>&1; echo $?; docker rm -f late`,
    },
    {
      id: 'port-foreign-address',
      is: 'an address that the host does not have',
      see: `try docker run -d --name late --network n1 -p 192.0.2.1:8121:80 $image true; docker rm -f late`,
      difference: 'taken-port',
    },
    {
      id: 'port-freed',
      is: 'a port is free again when its container is gone',
      see: `web p1 --network n1 -p 8130:80; docker rm -f p1; web p2 --network n1 -p 8130:80; page http://127.0.0.1:8130/; docker rm -f p2`,
    },
    {
      id: 'port-stopped',
      is: 'a stopped container has no ports, and frees them',
      see: `web p3 --network n1 -p 8131:80; docker stop -t 0 p3; docker port p3; docker ps -a --filter name=p3 --format '[{{.Ports}}]'; page http://127.0.0.1:8131/; docker rm -f p3`,
    },
    {
      id: 'port-restart',
      is: 'a named port is the same after a restart',
      see: `docker restart -t 0 served; docker port served; page http://127.0.0.1:8100/`,
    },
    {
      id: 'port-loopback',
      is: 'from the host itself',
      see: 'page http://127.0.0.1:8100/; page http://localhost:8100/',
    },
    {
      id: 'port-loopback6',
      is: 'from the host itself by ::1, to a container without IPv6',
      see: "page 'http://[::1]:8100/'",
    },
    { id: 'port-own-address', is: 'by the LAN address of the host', see: 'page http://10.77.0.1:8100/' },
    {
      id: 'port-lan',
      is: 'from another machine',
      see: 'lan wget -qO- --timeout=3 --tries=2 http://10.77.0.1:8100/',
    },
    {
      id: 'port-loopback-lan',
      is: 'published on 127.0.0.1: not from another machine',
      see: 'page http://127.0.0.1:8101/; lan wget -qO- --timeout=1 --tries=1 http://10.77.0.1:8101/',
    },
    {
      id: 'port-loopback-routed',
      is: 'not even by a packet to 127.0.0.1',
      see: `lan ip address del 127.0.0.1/8 dev lo; lan bash -c 'echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet'; lan ip route add 127.0.0.1/32 via 10.77.0.1 src 10.77.0.2; lan timeout 3 socat -u TCP:127.0.0.1:8101,connect-timeout=2 - 2> /dev/null || echo unreachable; lan ip address add 127.0.0.1/8 dev lo; lan bash -c 'echo 0 > /proc/sys/net/ipv4/conf/eth0/route_localnet'`,
    },
    {
      id: 'port-hairpin',
      is: 'from a neighbour and from itself by the host’s address',
      see: 'inside n1c wget -qO- --timeout=3 --tries=1 http://10.77.0.1:8100/; inside served wget -qO- --timeout=3 --tries=1 http://10.77.0.1:8100/',
    },
    {
      id: 'port-other-network',
      is: 'from another network by the host’s address',
      see: 'inside n2c wget -qO- --timeout=3 --tries=1 http://10.77.0.1:8100/',
    },
    {
      id: 'port-other-gateway',
      is: 'from another network by its own gateway',
      see: 'inside n2c wget -qO- --timeout=3 --tries=1 http://10.13.2.1:8100/',
    },
    {
      id: 'port-other-direct',
      is: 'not from another network by the container’s address',
      see: 'inside n2c wget -qO- --timeout=1 --tries=1 http://10.13.1.10/',
    },
    {
      id: 'port-internal',
      is: 'ports on an internal network',
      see: `web pi --network inner -p 8140:80; ${told('pi')}; page http://127.0.0.1:8140/; docker rm -f pi`,
      difference: 'port-warnings',
    },
    {
      id: 'port-host-mode',
      is: 'ports with the host’s network: a warning',
      see: 'try docker run --rm --network host -p 8141:80 $image true',
    },
    {
      id: 'port-none-mode',
      is: 'ports without a network',
      see: `up --name pn --network none -p 8142:80 $image sleep 1000; ${told('pn')}; docker rm -f pn`,
      difference: 'port-warnings',
    },
    {
      id: 'port-container-mode',
      is: 'ports in the network of another container',
      see: 'try docker run --rm --network container:served -p 8143:80 $image true',
    },
    {
      id: 'port-default-bridge',
      is: 'ports on the default bridge',
      see: `web pb -p 8144:80; ${told('pb')}; page http://127.0.0.1:8144/; docker rm -f pb`,
    },
    {
      id: 'port-two-networks',
      is: 'of a container on two networks',
      see: `web pt --network n1 -p 8145:80; docker network connect n2 pt; page http://127.0.0.1:8145/; docker network disconnect n1 pt; docker port pt; page http://127.0.0.1:8145/; docker rm -f pt`,
    },
    {
      id: 'port-source-lan',
      is: 'who the container thinks is calling: another machine',
      see: callerOf('lan', '10.77.0.1'),
    },
    { id: 'port-source-loopback', is: 'the host by 127.0.0.1', see: callerOf('', '127.0.0.1') },
    { id: 'port-source-own', is: 'the host by its own address', see: callerOf('', '10.77.0.1') },
    {
      id: 'port-udp-works',
      is: 'datagrams to a published port, and back',
      see: `sleeper pu --network n1 -p 8146:7000/udp; inside pu timeout 8 socat UDP-RECVFROM:7000,fork EXEC:cat > /dev/null 2>&1 & for n in $(seq 60); do inside pu ss -Hlnu | grep -q :7000 && break; sleep 0.05; done; echo hi | socat -t2 - UDP:127.0.0.1:8146; echo lan | lan socat -t2 - UDP:10.77.0.1:8146; docker rm -f pu`,
    },
    {
      id: 'port-proxies',
      is: 'processes that serve the ports',
      see: 'pgrep -c docker-proxy',
      difference: 'loopback',
    },
  ],
};

/** The address under which a call arrives at a container's port. */
function callerOf(from: string, address: string): string {
  return `sleeper pc --network n1 --ip 10.13.1.77 -p 8147:7000
    inside pc timeout 4 socat -u TCP-LISTEN:7000,reuseaddr 'SYSTEM:echo \\$SOCAT_PEERADDR' > caller 2>&1 &
    for n in $(seq 60); do inside pc ss -Hlnt | grep -q :7000 && break; sleep 0.05; done
    ${from} socat -u /dev/null TCP:${address}:8147,connect-timeout=3
    wait; cat caller; docker rm -f pc`;
}
