import type { Scene } from '../behaviour.ts';

export const dualStack: Scene = {
  name: 'dual-stack',
  setUp: `
    docker network create --ipv6 --subnet 10.10.6.0/24 --subnet fd10:6::/64 six
    docker network create --subnet 10.10.7.0/24 four
    sleeper s1 --network six
    sleeper s2 --network six --ip6 fd10:6::77
    web w6 --network six -p 8680:80
    sleeper f1 --network four`,
  behaviours: [
    {
      id: 'ipv6-address',
      is: 'containers have the lowest free IPv6 address, or the one given',
      see: `for c in s1 s2; do inside $c ip -6 -br address show scope global | awk '{ print $1, $3 }' | sed 's/@if[0-9]*//'; done`,
    },
    {
      id: 'ipv6-inspect',
      is: 'inspect gives IPv6 address, prefix and gateway',
      see: `docker inspect -f '{{with .NetworkSettings.Networks.six}}{{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}} {{.IPv6Gateway}}{{end}}' s1`,
    },
    {
      id: 'ipv6-route',
      is: 'the IPv6 default route is by the gateway',
      see: 'inside s1 ip -6 route show default | sed "s/ metric.*//"',
    },
    {
      id: 'ipv6-bridge',
      is: 'the IPv6 gateway stands on the bridge',
      see: `ip -6 -br address show $(bridge_of six) scope global | awk '{ print $3 }'`,
    },
    {
      id: 'ipv6-none',
      is: 'a network without IPv6 has none at all',
      see: 'inside f1 ip -6 -br address show eth0 | wc -l; inside f1 ip -6 route | wc -l',
    },
    { id: 'aaaa', is: 'AAAA of a neighbour is its address', see: 'ask s1 s2 AAAA' },
    { id: 'aaaa-none', is: 'AAAA of a container without IPv6 is empty', see: 'ask f1 f1 AAAA' },
    { id: 'ptr6', is: 'an IPv6 address has the name of its container', see: 'ask s1 -x fd10:6::77' },
    {
      id: 'ipv6-hosts',
      is: '/etc/hosts has the IPv6 address too',
      see: `inside s2 true; docker exec s2 grep -v ip6- /etc/hosts | sed "s/$(id s2)/<own id>/"`,
    },
    {
      id: 'ipv6-published',
      is: 'a port is published for IPv6 as well',
      see: `docker port w6; page 'http://[::1]:8680/'; lan bash -c "wget -qO- --timeout=3 --tries=2 'http://[fd77::1]:8680/'"`,
    },
    { id: 'ipv6-neighbours', is: 'neighbours reach each other over IPv6', see: 'reach s1 fd10:6::77' },
    {
      id: 'ipv6-without-subnet',
      is: 'IPv6 without a subnet',
      see: 'try docker network create --ipv6 ula > seen; grep exit seen || docker network inspect -f "{{range .IPAM.Config}}{{.Subnet}} {{end}}" ula | grep -o fd',
      difference: 'ipv6-ula',
    },
    {
      id: 'ipv6-outgoing',
      is: 'what goes out to the LAN over IPv6 has the address of the host',
      see: `lan bash -c 'timeout 5 socat -u "TCP6-LISTEN:7006,reuseaddr" "SYSTEM:echo \\$SOCAT_PEERADDR >&2"' 2> peer & for n in $(seq 50); do lan ss -Hlnt | grep -q 7006 && break; sleep 0.05; done; echo x | inside s1 socat -u - 'TCP6:[fd77::2]:7006,connect-timeout=3'; wait; grep -o 'fd[0-9a-f:]*' peer`,
    },
  ],
};
