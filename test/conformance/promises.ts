import type { Kept } from './conformance.ts';

/** What Berth says it has of networks, ports and names, line by line, and what fails when it is taken away. */
export const promises: readonly Kept[] = [
  {
    is: 'Networks: the drivers bridge, host and none',
    ours: ['parity: bridge-name', 'parity: mode-host', 'parity: mode-none'],
  },
  {
    is: 'Networks: the driver macvlan, in mode bridge on a parent',
    ours: [
      'test/e2e/macvlan/scenario.test.ts: a machine of the LAN reaches the container at an address of its own, and sees its own MAC',
      'test/e2e/macvlan/scenario.test.ts: the device is a macvlan in mode bridge, inside the container only',
    ],
  },
  {
    is: 'Networks: the default bridge with links by /etc/hosts and no resolver',
    ours: [
      'test/e2e/joined/scenario.test.ts: stand in /etc/hosts, and no name is answered besides',
      'parity: default-bridge-link',
      'parity: hosts-default-bridge',
    ],
  },
  {
    is: 'Networks: overlay and ipvlan are refused, with what to use instead',
    ours: [
      "test/e2e/networks/scenario.test.ts: [['-d', 'overlay'], 'leave the driver out']",
      'parity: create-driver',
    ],
  },
  {
    is: 'Networks: network create with every flag and option; a typo is a warning',
    ours: [
      'test/e2e/networks/scenario.test.ts: network create takes every flag',
      'test/e2e/networks/scenario.test.ts: network create --ipv6 alone chooses a unique local range',
      'test/e2e/gateway-modes/scenario.test.ts: an option that nobody knows is a warning, with the one that was meant',
    ],
  },
  {
    is: 'Networks: network ls with filters and formats, inspect',
    ours: [
      'test/e2e/networks/scenario.test.ts: network ls filters and formats',
      'parity: ls',
      'parity: ls-filters',
      'parity: inspect',
    ],
  },
  {
    is: 'Networks: network connect and disconnect, running and stopped, with every flag',
    ours: [
      'test/e2e/networks/scenario.test.ts: network connect to a running container takes every flag, and moves the default route',
      'test/e2e/networks/scenario.test.ts: network connect to a stopped container holds for its next start',
    ],
  },
  {
    is: 'Networks: network rm and prune',
    ours: [
      'test/e2e/networks/scenario.test.ts: network prune takes what is unused and accepted',
      'parity: rm-used',
      'parity: prune',
    ],
  },
  {
    is: 'Networks: the errors and codes of Docker',
    ours: [
      'test/e2e/networks/scenario.test.ts: network create %j is refused: %s',
      'test/e2e/networks/scenario.test.ts: network %j is refused: %s',
      'parity: connect-twice',
      'parity: rm-predefined',
    ],
  },
  {
    is: 'Dual stack: IPv6 subnets by option, or a unique local one',
    ours: [
      'test/e2e/dual-stack/scenario.test.ts: has a unique local range when none is named, and the containers addresses of it',
      'test/e2e/dual-stack/scenario.test.ts: takes named ranges, gateways and static addresses',
    ],
  },
  {
    is: 'Dual stack: ip6tables rules, of which each matters',
    ours: [
      'test/e2e/conformance/ports.test.ts: of %s (%s), it is another thing that is heard',
      'test/e2e/dual-stack/scenario.test.ts: does not reach a container address from the LAN or from another network',
    ],
  },
  {
    is: 'Dual stack: AAAA',
    ours: ['test/e2e/dual-stack/scenario.test.ts: names its containers in AAAA too', 'parity: aaaa'],
  },
  {
    is: 'Dual stack: publishing at [::]',
    ours: [
      'test/e2e/dual-stack/scenario.test.ts: comes from another machine to a published port as it is, with its own address',
      'test/e2e/conformance/ports.test.ts: -p %s is %j, and answers %s',
    ],
  },
  {
    is: 'Ports: the whole grammar',
    ours: [
      'test/e2e/conformance/ports.test.ts: -p %s is %j, and answers %s',
      'parity: port-range',
      'parity: port-first-free',
      'parity: port-ephemeral-address',
      'test/e2e/published/scenario.test.ts: -p of SCTP is translated like the others',
    ],
  },
  {
    is: 'Ports: -P by EXPOSE',
    ours: [
      'test/e2e/published/scenario.test.ts: -P publishes every exposed port, each at a free one',
      'parity: port-all',
    ],
  },
  {
    is: 'Ports: ranges, also with several replicas at once',
    ours: [
      'test/e2e/published/scenario.test.ts: gives each replica of a service a number of its range',
      'test/network-ports/table.test.ts: twenty containers at the same time get twenty ports',
    ],
  },
  {
    is: 'Ports: default addresses of the host',
    ours: [
      'parity: port-host-binding',
      'test/e2e/bind/scenario.test.ts: the option host_binding_ipv4 of a network does the same for its containers',
    ],
  },
  {
    is: 'Ports: what ps, port and inspect write',
    ours: [
      'parity: port-simple',
      'parity: port-query',
      'parity: port-hostconfig',
      'test/e2e/published/scenario.test.ts: is listed with who reaches each port',
    ],
  },
  {
    is: 'Ports: reservation before anything starts',
    ours: [
      'test/e2e/ports/scenario.test.ts: that are taken stop everything before it starts, and the holder is named',
      'parity: port-conflict',
    ],
  },
  {
    is: 'Ports: UDP flows are forgotten exactly',
    ours: [
      'test/e2e/published/scenario.test.ts: that lead to a container are forgotten with it, and no others',
      'test/e2e/published/scenario.test.ts: that began while the container was away lead to it once it is back',
    ],
  },
  {
    is: 'Rules: icc on and off, without br_netfilter',
    ours: [
      'parity: icc-off',
      'test/e2e/network/firewall.test.ts: and without the isolation of bridge ports a neighbour without icc is reached',
    ],
  },
  {
    is: 'Rules: internal networks',
    ours: ['parity: internal-out', 'parity: internal-in', 'parity: internal-neighbour'],
  },
  {
    is: 'Rules: isolation between networks, and hairpin',
    ours: [
      'parity: reach-network',
      'parity: port-hairpin',
      'test/e2e/network/firewall.test.ts: %s %s: %s changes',
    ],
  },
  {
    is: 'Rules: gateway modes nat, nat-unprotected, routed and isolated',
    ours: [
      'test/e2e/gateway-modes/scenario.test.ts: nat: the port of the host leads in, the address of the container does not',
      'test/e2e/gateway-modes/scenario.test.ts: nat-unprotected: both lead in, to every port',
      'test/e2e/gateway-modes/scenario.test.ts: routed: the address leads in, to published ports only, and the host has no port',
      'test/e2e/gateway-modes/scenario.test.ts: isolated: the bridge has no address, so that not even the host is a neighbour',
    ],
  },
  {
    is: 'Rules: BERTH-USER',
    ours: [
      'test/e2e/network/firewall.test.ts: of the user come first',
      'test/e2e/network/firewall.test.ts: leave those of the user and of others alone, and go without a trace',
    ],
  },
  {
    is: 'Rules: a FORWARD policy of DROP by others is overcome, and their chains are left alone',
    ours: [
      'test/e2e/others/scenario.test.ts: the drops of Docker and ufw on the same host are overcome, and their chains stay as they are',
      'parity: forward-drop',
    ],
  },
  {
    is: 'Rules: the model of the rules is apart from their text',
    ours: ['test/network/firewall.test.ts: are these, whole'],
  },
  {
    is: 'Names: container, service, alias, short id, hostname, name.network',
    ours: [
      'parity: a',
      'parity: a-alias',
      'parity: a-short-id',
      'parity: a-hostname',
      'parity: a-network',
      'test/e2e/dns/scenario.test.ts: of services, containers, aliases and short ids give the address',
    ],
  },
  { is: 'Names: links', ours: ['parity: link', 'parity: link-others'] },
  {
    is: 'Names: PTR',
    ours: ['parity: ptr', 'parity: ptr6', 'test/e2e/dns/scenario.test.ts: are given back for addresses'],
  },
  {
    is: 'Names: shuffled, case kept, search domains',
    ours: ['parity: a-shuffled', 'parity: a-case', 'parity: search'],
  },
  {
    is: 'Names: dns, dns_opt, dns_search, extra_hosts with host-gateway',
    ours: ['parity: resolv-dns', 'parity: own-servers', 'parity: hosts-extra', 'parity: host-gateway-works'],
  },
  {
    is: 'Names: /etc/hosts and resolv.conf are kept where the user edited them',
    ours: [
      'parity: hosts-edited',
      'parity: resolv-edited',
      'test/e2e/dns/scenario.test.ts: that the user wrote into /etc/hosts and resolv.conf are kept',
    ],
  },
  {
    is: 'Names: truncation, then TCP',
    ours: ['test/e2e/dns/resolver.test.ts: gives all replicas over TCP when UDP is too small', 'parity: tcp'],
  },
  {
    is: 'Names: upstreams in order, time limits, SERVFAIL',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks the next server when the first one does not answer',
      'parity: second-server',
      'parity: dead-server',
    ],
  },
  {
    is: 'Names: internal networks never forward',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks nobody for a container on internal networks only',
      'parity: internal-foreign',
    ],
  },
  {
    is: 'Names: no circles',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks a container’s own servers from its own namespace, without going in a circle',
    ],
  },
  {
    is: 'Names: 1,024 questions at the same time',
    ours: [
      'test/e2e/conformance/names.test.ts: asks for 1,024 at the same time, and says no to more',
      'test/dns/forwarder.test.ts: more than 1,024 waiting questions are refused, and room comes back',
    ],
  },
  {
    is: 'Names: own names never leave the machine, of any type',
    ours: [
      'test/e2e/dns/resolver.test.ts: never sends a name of ours outside, whatever the type',
      'parity: leak',
    ],
  },
  {
    is: 'Beyond Docker: static addresses first; a replica keeps its address; interfaces and routes in a fixed order',
    ours: [
      'test/e2e/addresses/scenario.test.ts: static addresses of the file are kept free of everything that starts before',
      'test/e2e/addresses/scenario.test.ts: a replica keeps its address when it is made anew, whatever the order',
      'test/e2e/networks/scenario.test.ts: has them in the order of priority, with the names asked for',
    ],
  },
  {
    is: 'Beyond Docker: pools do not run out, keep off VPN routes, and a clash is named',
    ours: [
      'test/e2e/conformance/addresses.test.ts: of forty networks that are made at the same time are forty, beyond the thirty-one of Docker',
      'test/e2e/conformance/addresses.test.ts: keep off routes of every table, and off the name servers of the host',
      'test/e2e/joined/scenario.test.ts: names the network or the route that it clashes with',
    ],
  },
  {
    is: 'Beyond Docker: rules that were flushed come back within a second',
    ours: ['test/e2e/rules/flushed.test.ts: it.each(ways)', 'parity: flushed'],
  },
  {
    is: 'Beyond Docker: upstreams follow resolv.conf; short lives; replicas that are not healthy are left out',
    ours: [
      'test/e2e/dns/resolver.test.ts: follows the host’s resolv.conf at once',
      'parity: ttl',
      'test/e2e/dns/scenario.test.ts: lead to replicas that are healthy, as the file wants it, and come back',
    ],
  },
  {
    is: 'Beyond Docker: a default address for ports, and who reaches them',
    ours: [
      'test/e2e/bind/scenario.test.ts: BERTH_BIND is stronger than the file, and a change of it makes the container anew',
      'test/e2e/published/scenario.test.ts: is listed with who reaches each port',
    ],
  },
  {
    is: 'Beyond Docker: network_mode: service survives the other',
    ours: [
      'test/e2e/joined/scenario.test.ts: goes on when the other is restarted',
      'test/e2e/joined/scenario.test.ts: goes on when the other is killed and its restart policy has it back',
      'test/e2e/joined/scenario.test.ts: goes on when the other is made anew',
      'test/e2e/joined/scenario.test.ts: goes on with another engine',
    ],
  },
  {
    is: 'Beyond Docker: the MTU is that of the default route',
    ours: ['test/e2e/mtu/scenario.test.ts: a network has the MTU of the way out, or the one that it names'],
  },
  {
    is: 'Beyond Docker: trace, checked by a probe',
    ours: [
      'test/e2e/trace/scenario.test.ts: a neighbour on the same network is reached along the bridge',
      'test/e2e/trace/scenario.test.ts: an address on another network is stopped by the isolation of networks',
      'test/e2e/trace/scenario.test.ts: the counter of the rule that decides grows with each attempt',
      "test/e2e/trace/scenario.test.ts: a rule that is not Berth's is named when it decides",
      'test/e2e/trace/scenario.test.ts: a port that is published on 127.0.0.1 is for this machine alone',
    ],
  },
  {
    is: 'Beyond Docker: network graph',
    ours: [
      'test/e2e/trace/scenario.test.ts: the picture of networks has everything that runs, with addresses and ports',
    ],
  },
  {
    is: 'Beyond Docker: doctor: what it tells to do mends what it found',
    ours: [
      'test/e2e/doctor/scenario.test.ts: what it says mends it',
      'test/e2e/doctor/scenario.test.ts: finds a route of somebody else across a network',
      'test/engine/doctor.test.ts: finds nothing where all is well',
    ],
  },
];
