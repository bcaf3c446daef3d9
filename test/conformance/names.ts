import type { Conformance } from './conformance.ts';

/** The resolver's tests, and those of resolv.conf and /etc/hosts. */
export const names: readonly Conformance[] = [
  {
    docker: 'TestDNSIPQuery',
    ours: [
      'test/dns/answerer.test.ts: a known name has its address, with the flags of a recursive server and a short life',
      'test/dns/answerer.test.ts: the case of the question is kept in question and answer',
      'test/dns/zone.test.ts: a known name has an empty answer for every other type',
      'test/e2e/conformance/names.test.ts: keep the case of the question, have no other types, and go with the last of them',
    ],
  },
  {
    docker: 'TestDNSProxyServFail',
    ours: [
      'test/dns/forwarder.test.ts: a silent server does not keep the next one from being asked',
      'parity: second-server',
    ],
  },
  {
    docker: 'TestReplySERVFAIL',
    ours: [
      'test/dns/forwarder.test.ts: when all fail the client hears SERVFAIL, with its question',
      'test/dns/forwarder.test.ts: without servers SERVFAIL comes at once',
      'parity: dead-server',
    ],
  },
  {
    docker: 'TestProxyNXDOMAIN',
    ours: [
      'test/dns/forwarder.test.ts: a name that does not exist is final, with the authority that says so',
      'parity: nxdomain',
    ],
  },
  {
    docker: 'TestOversizedDNSReply',
    ours: [
      'test/e2e/conformance/names.test.ts: lets a long answer of another server through whole',
      'test/dns/forwarder.test.ts: a UDP reply that is longer than the client asked for comes through whole',
    ],
  },
  {
    docker: 'TestInvalidReverseDNS',
    ours: [
      'test/dns/answerer.test.ts: never throws and never hangs, whatever the bytes',
      'test/e2e/conformance/names.test.ts: goes on after what is no question',
    ],
  },
  {
    docker: 'TestUpdateSvcRecord',
    ours: [
      'test/dns/zone.test.ts: an endpoint that goes takes its names along, and leaves those of others',
      'test/dns/zone.test.ts: an IPv4 address gives the container and its network',
      'test/dns/zone.test.ts: an IPv6 address gives the container and its network',
      'test/e2e/conformance/names.test.ts: keep the case of the question, have no other types, and go with the last of them',
    ],
  },
  {
    docker: 'TestServiceVIPReuse',
    ours: [
      'test/dns/zone.test.ts: two containers behind one address are one record',
      'test/dns/zone.test.ts: two containers on one address: the other keeps it when one goes',
      'test/e2e/conformance/names.test.ts: keep the case of the question, have no other types, and go with the last of them',
    ],
  },
  {
    docker: 'TestDNSOptions',
    ours: [
      'parity: resolv-user-servers',
      'parity: resolv-dns',
      'parity: resolv-ndots',
      'test/dns/answerer.test.ts: an unknown single label does not exist where the container has set ndots, and goes nowhere',
      'parity: ndots',
    ],
  },
  {
    docker: 'TestDNSNamesForNonSwarmScopedNetworks',
    ours: [
      'parity: dnsnames',
      'test/e2e/dns/scenario.test.ts: of services, containers, aliases and short ids give the address',
    ],
  },
  {
    docker: 'TestInternalNetworkDNS',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks nobody for a container on internal networks only',
      'test/dns/upstreams.test.ts: its own servers instead, from its own namespace, on internal networks too',
    ],
  },
  {
    docker: 'TestInternalNetworkLocalDNS',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks a container’s own servers from its own namespace, without going in a circle',
    ],
  },
  {
    docker: 'TestIntDNSAsExtDNS',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks a container’s own servers from its own namespace, without going in a circle',
      'test/dns/upstreams.test.ts: neither us nor itself',
    ],
  },
  {
    docker: 'TestDaemonDNSFallback',
    ours: ['test/e2e/dns/resolver.test.ts: asks the next server when the first one does not answer'],
  },
  {
    docker: 'TestExtDNSInIPv6OnlyNw',
    ours: [
      'test/e2e/dns/resolver.test.ts: asks the host’s servers from the host’s side for names that are not ours',
    ],
  },
  { docker: 'TestEtcHostsIpv6', ours: ['parity: hosts-ip6', 'parity: ipv6-hosts'] },
  {
    docker: 'TestEtcHostsDisconnect',
    ours: [
      'parity: hosts-disconnect',
      'test/e2e/dns/scenario.test.ts: that the user wrote into /etc/hosts and resolv.conf are kept',
    ],
  },
  { docker: 'TestHostGatewayFromDocker0', ours: ['parity: host-gateway', 'parity: host-gateway-works'] },
  {
    docker: 'TestRCOption',
    ours: [
      'parity: resolv-ndots',
      'test/container/texts.test.ts: keeps a valid ndots and drops an invalid one',
    ],
  },
  {
    docker: 'TestRCInvalidNdots',
    ours: [
      'parity: resolv-ndots',
      'test/container/texts.test.ts: keeps a valid ndots and drops an invalid one',
    ],
  },
  {
    docker: 'TestRCWrite',
    ours: [
      'parity: resolv-user',
      'test/container/texts.test.ts: names the embedded resolver, with ndots:0 and what the host has',
    ],
  },
  { docker: 'TestRCModify', ours: ['parity: resolv-dns', 'parity: resolv-user-servers'] },
  {
    docker: 'TestRCTransformForLegacyNw',
    ours: [
      'parity: resolv-bridge',
      'parity: resolv-bridge-dns',
      'test/container/texts.test.ts: copies the servers that a container can reach, or takes public ones',
    ],
  },
  {
    docker: 'TestRCTransformForIntNS',
    ours: [
      'parity: resolv-user',
      'test/container/texts.test.ts: names the embedded resolver, with ndots:0 and what the host has',
    ],
  },
  {
    docker: 'TestRCTransformForIntNSInvalidNdots',
    ours: [
      'parity: resolv-ndots',
      'test/container/texts.test.ts: keeps a valid ndots and drops an invalid one',
    ],
  },
  {
    docker: 'TestRCRead',
    ours: [
      'test/container/texts.test.ts: tells the upstream servers',
      'test/e2e/conformance/names.test.ts: of the default bridge has the servers of the machine that are addresses',
      'test/dns/upstreams.test.ts: neither us nor itself',
    ],
  },
  {
    docker: 'TestRCInvalidNS',
    ours: [
      'test/container/texts.test.ts: tells the upstream servers',
      'test/e2e/conformance/names.test.ts: of the default bridge has the servers of the machine that are addresses',
    ],
  },
  {
    docker: 'TestRCUnknownDirectives',
    ours: [
      'test/e2e/conformance/names.test.ts: of a network with names has the resolver alone, and of the machine what resolvers understand',
      'test/container/texts.test.ts: names the embedded resolver, with ndots:0 and what the host has',
    ],
  },
  { docker: 'TestRCSetHeader', ours: ['parity: resolv-user', 'parity: resolv-edited'] },
  {
    docker: 'TestResolvConfLocalhostIPv6',
    ours: [
      'test/e2e/conformance/addresses.test.ts: on the default bridge a resolver of the host that is out of reach gives way to public ones',
    ],
  },
  {
    docker: 'TestBuildDefault',
    ours: [
      'parity: hosts-user',
      'test/container/texts.test.ts: has loopback names, extra hosts in order, then the container',
    ],
  },
  {
    docker: 'TestBuildNoIPv6',
    ours: [
      'test/container/texts.test.ts: without IPv6 knows only the IPv4 loopback',
      'test/e2e/conformance/names.test.ts: knows no IPv6 where the container has none',
    ],
  },
  { docker: 'TestUpdate', ours: ['parity: hosts-connect', 'parity: hosts-hostname'] },
  { docker: 'TestAdd', ours: ['parity: hosts-extra', 'parity: hosts-connect'] },
  {
    docker: 'TestDelete',
    ours: [
      'parity: hosts-disconnect',
      'test/container/texts.test.ts: loses only the line of one address of the container',
    ],
  },
  {
    docker: 'TestDeleteIgnoresPrefixedHostname',
    ours: [
      'test/e2e/conformance/names.test.ts: loses the lines of a network that is left, and of no name that begins alike',
      'test/container/texts.test.ts: loses only the line of one address of the container',
    ],
  },
  {
    docker: 'TestConcurrentWrites',
    ours: [
      'test/e2e/conformance/addresses.test.ts: keeps every line of /etc/hosts when it joins and leaves many at the same time',
    ],
  },
];
