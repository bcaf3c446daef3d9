import type { Scene } from '../behaviour.ts';

export const addresses: Scene = {
  name: 'addresses',
  setUp: `
    docker network create --subnet 10.10.1.0/24 n1
    docker network create --subnet 10.10.2.0/24 --ip-range 10.10.2.128/25 --gateway 10.10.2.254 --aux-address printer=10.10.2.128 n2
    docker network create -o com.docker.network.bridge.name=br-own -o com.docker.network.driver.mtu=1400 n3
    docker network create --subnet 10.10.4.0/24 --internal inner
    sleeper a1 --network n1
    sleeper a2 --network n1
    sleeper b1 --network n2
    sleeper c1 --network n3
    sleeper d1 --network inner
    sleeper two --network n1
    docker network connect n2 two`,
  behaviours: [
    {
      id: 'default-subnet',
      is: 'the first network without a subnet has the first pool behind that of the default bridge',
      see: `docker network inspect -f '{{json .IPAM.Config}}' n3`,
    },
    {
      id: 'bridge-name',
      is: 'a bridge is named by the id of its network, or as told',
      see: `ip -br link show type bridge | awk '$1 != "docker0" { print $1, $2 }' | sort`,
    },
    {
      id: 'bridge-address',
      is: 'the gateway stands on the bridge',
      see: `ip -br -4 address show $(bridge_of n1) | awk '{ print $3 }'; ip -br -4 address show $(bridge_of n2) | awk '{ print $3 }'`,
    },
    {
      id: 'container-interfaces',
      is: 'a container has lo and eth0, up, with the lowest free address',
      see: `for c in a1 a2; do inside $c ip -br -4 address | sed 's/@if[0-9]*//'; done`,
    },
    {
      id: 'default-route',
      is: 'the default route is by the gateway',
      see: `for c in a1 b1; do inside $c ip -4 route; done`,
    },
    {
      id: 'internal-route',
      is: 'an internal network has no default route',
      see: 'inside d1 ip -4 route',
    },
    {
      id: 'ip-range',
      is: 'addresses come from the range, passing over gateway and auxiliary addresses',
      see: `addr b1 n2; docker network inspect -f '{{json .IPAM.Config}}' n2`,
    },
    {
      id: 'two-networks',
      is: 'a second network is eth1; the first by name has the default route',
      see: `inside two ip -br -4 address | sed 's/@if[0-9]*//'; inside two ip -4 route show default`,
    },
    {
      id: 'mac',
      is: 'a MAC address is 02:42 and the address',
      see: `inside a1 ip -br link show eth0 | awk '{ print $3 }'; docker inspect -f '{{.NetworkSettings.Networks.n1.MacAddress}}' a1`,
    },
    {
      id: 'mac-given',
      is: '--mac-address is kept over a restart',
      see: `sleeper m1 --network n1 --mac-address 02:00:00:00:00:77; docker restart -t 0 m1; inside m1 ip -br link show eth0 | awk '{ print $3 }'; docker rm -f m1`,
    },
    {
      id: 'mtu-default',
      is: 'the MTU is 1500 where the default route has 1500',
      see: `ip link show $(bridge_of n1) | grep -o 'mtu [0-9]*'; inside a1 ip link show eth0 | grep -o 'mtu [0-9]*'`,
    },
    {
      id: 'mtu-option',
      is: 'the MTU is that of the option',
      see: `ip link show br-own | grep -o 'mtu [0-9]*'; inside c1 ip link show eth0 | grep -o 'mtu [0-9]*'`,
    },
    {
      id: 'static-address',
      is: '--ip gives that address',
      see: `sleeper s1 --network n1 --ip 10.10.1.77; addr s1 n1; inside s1 ip -br -4 address show eth0 | awk '{ print $3 }'; docker inspect -f '{{json .NetworkSettings.Networks.n1.IPAMConfig}}' s1; docker rm -f s1`,
    },
    {
      id: 'static-taken',
      is: 'an address that another container has is refused',
      see: `try docker run --name s2 --network n1 --ip 10.10.1.2 $image true; docker ps -a --filter name=s2 --format '{{.Names}} {{.State}}'; docker rm -f s2`,
      difference: 'taken-address',
    },
    {
      id: 'static-outside',
      is: 'an address outside the subnets is refused',
      see: `try docker run --rm --network n1 --ip 10.99.0.1 $image true`,
    },
    {
      id: 'static-without-subnet',
      is: 'an address on a network without a subnet of its own is refused',
      see: `try docker run --rm --network n3 --ip 172.18.0.9 $image true`,
    },
    {
      id: 'static-default-bridge',
      is: 'an address on the default bridge is refused',
      see: `try docker run --rm --ip 172.17.0.9 $image true`,
    },
    {
      id: 'address-reused',
      is: 'the address of a container that is gone is the next one given',
      see: `sleeper r1 --network n1; was=$(addr r1 n1); docker rm -f r1 > /dev/null; sleeper r2 --network n1; [ "$was" = "$(addr r2 n1)" ] && echo same; docker rm -f r2`,
    },
    {
      id: 'stopped-has-none',
      is: 'a stopped container shows no address',
      see: `sleeper p1 --network n1; docker stop -t 0 p1; docker inspect -f '{{json (index .NetworkSettings.Networks "n1").IPAddress}}' p1; docker rm -f p1`,
    },
    {
      id: 'connect-interface',
      is: 'connect brings an interface, disconnect takes it',
      see: `docker network connect inner a1; inside a1 ip -br -4 address | sed 's/@if[0-9]*//'; docker network disconnect inner a1; inside a1 ip -br -4 address | sed 's/@if[0-9]*//'`,
    },
    {
      id: 'disconnect-route',
      is: 'the default route moves when its network is disconnected, and comes back',
      see: `docker network disconnect n1 two; inside two ip -4 route show default; docker network connect n1 two; inside two ip -4 route show default`,
      difference: 'route-order',
    },
    {
      id: 'connect-stopped',
      is: 'a network connected to a stopped container is there when it starts',
      see: `docker create --name later --network n1 $image sleep 1000 > /dev/null; docker network connect --ip 10.10.2.200 n2 later; docker start later; inside later ip -br -4 address | awk '$1 != "lo" { print $3 }' | sort; docker rm -f later`,
    },
    {
      id: 'sysctls',
      is: 'low ports and ping are free for everybody in a container',
      see: 'docker exec a1 cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range',
    },
    {
      id: 'sysctl-option',
      is: '--sysctl of net.* is set',
      see: `sleeper y1 --network n1 --sysctl net.ipv4.ip_default_ttl=33; docker exec y1 cat /proc/sys/net/ipv4/ip_default_ttl; docker rm -f y1`,
    },
    {
      id: 'bridge-ports',
      is: 'each container is a port of the bridge, without hairpin',
      see: `ip -br link show master $(bridge_of n1) | awk '{ print $2 }' | sort | uniq -c; bridge -d link show | grep -o 'hairpin [a-z]*' | sort -u`,
      difference: 'hairpin',
    },
    {
      id: 'point-to-point',
      is: 'a /31 has one address for a container',
      see: `docker network create --subnet 10.10.31.0/31 --gateway 10.10.31.0 tiny; sleeper t1 --network tiny; addr t1 tiny; try docker run --rm --network tiny $image true; docker rm -f t1`,
    },
    {
      id: 'full',
      is: 'a network without a free address refuses the next container',
      see: `docker network create --subnet 10.10.30.0/30 small; sleeper f1 --network small; try docker run --rm --network small $image true; docker rm -f f1`,
    },
  ],
};
