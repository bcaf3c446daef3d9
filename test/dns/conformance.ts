/** A test by which Docker is known, of one host, and the tests of ours that fail when its rule or record is taken away. */
export interface Conformance {
  /** Name of the test in moby/moby. */
  readonly docker: string;
  /** `file: title`, or the id of a behaviour of the parity table as `parity: id`. */
  readonly ours: readonly string[];
}

/** The resolver's tests, its files', and those of what leads to and from names. */
export const conformance: readonly Conformance[] = [
  {
    docker: 'TestDNSIPQuery',
    ours: [
      'test/dns/answerer.test.ts: a known name has its address, with the flags of a recursive server and a short life',
      'test/dns/answerer.test.ts: the case of the question is kept in question and answer',
      'test/dns/zone.test.ts: a known name has an empty answer for every other type',
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
      'test/dns/forwarder.test.ts: a UDP reply that is longer than the client asked for comes through whole',
    ],
  },
  {
    docker: 'TestInvalidReverseDNS',
    ours: ['test/dns/answerer.test.ts: never throws and never hangs, whatever the bytes'],
  },
  {
    docker: 'TestUpdateSvcRecord',
    ours: [
      'test/dns/zone.test.ts: an endpoint that goes takes its names along, and leaves those of others',
      'test/dns/zone.test.ts: an IPv4 address gives the container and its network',
      'test/dns/zone.test.ts: an IPv6 address gives the container and its network',
    ],
  },
  {
    docker: 'TestServiceVIPReuse',
    ours: [
      'test/dns/zone.test.ts: two containers behind one address are one record',
      'test/dns/zone.test.ts: two containers on one address: the other keeps it when one goes',
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
  { docker: 'TestBridgeICC', ours: ['parity: reach-neighbour', 'parity: icc-off'] },
  { docker: 'TestBridgeINC', ours: ['parity: reach-network', 'parity: a-other-network'] },
  {
    docker: 'TestInternalNwConnectivity',
    ours: ['parity: internal-out', 'parity: internal-in', 'parity: internal-neighbour'],
  },
  {
    docker: 'TestDropInForwardChain',
    ours: [
      'parity: forward-drop',
      'test/e2e/network/firewall.test.ts: is as wanted when the host drops what it forwards',
    ],
  },
  { docker: 'TestContainerDisabledIPv6', ours: ['parity: ipv6-none'] },
  { docker: 'TestInspectCfgdMAC', ours: ['parity: mac-given'] },
  { docker: 'TestMACAddrOnRestart', ours: ['parity: mac-given'] },
  { docker: 'TestSetIPWithNoConfiguredSubnet', ours: ['parity: static-without-subnet'] },
  { docker: 'TestPublishAllWithNilPortBindings', ours: ['parity: port-all', 'parity: port-all-expose'] },
  {
    docker: 'TestDisableNAT',
    ours: [
      'test/e2e/gateway-modes/scenario.test.ts: routed: the address leads in, to published ports only, and the host has no port',
    ],
  },
  { docker: 'TestPortMappedHairpinTCP', ours: ['parity: port-hairpin'] },
  {
    docker: 'TestProxy4To6',
    ours: [
      'parity: port-loopback6',
      'test/e2e/dns/ports.test.ts: [::1] reaches a container that has IPv4 only',
    ],
  },
  { docker: 'TestAccessPublishedPortFromHost', ours: ['parity: port-loopback', 'parity: port-own-address'] },
  { docker: 'TestAccessPublishedPortFromRemoteHost', ours: ['parity: port-lan', 'parity: ipv6-published'] },
  {
    docker: 'TestAccessPublishedPortFromAnotherNetwork',
    ours: ['parity: port-other-network', 'parity: port-other-gateway'],
  },
  { docker: 'TestDirectRoutingOpenPorts', ours: ['parity: lan-direct', 'parity: lan-direct-published'] },
  {
    docker: 'TestAccessPortPublishedOnLoopbackAddress',
    ours: ['parity: port-loopback-lan', 'parity: port-loopback-routed'],
  },
  { docker: 'TestPortMappingOnDistinctLoopbackAddrs', ours: ['parity: port-loopbacks'] },
  { docker: 'TestForbidDuplicateNetworkNames', ours: ['parity: create-twice'] },
  {
    docker: 'TestCreateDeletePredefinedNetworks',
    ours: ['parity: create-predefined', 'parity: rm-predefined'],
  },
  { docker: 'TestPointToPoint', ours: ['parity: point-to-point'] },
  {
    docker: 'TestIsolated',
    ours: [
      'test/e2e/gateway-modes/scenario.test.ts: isolated: the bridge has no address, so that not even the host is a neighbour',
    ],
  },
  {
    docker: 'TestPublishedPortAlreadyInUse',
    ours: ['parity: port-conflict', 'parity: port-conflict-program'],
  },
  { docker: 'TestFilterForwardPolicy', ours: ['parity: forward-policy', 'parity: forward-drop'] },
  {
    docker: 'TestFirewalldReloadNoZombies',
    ours: [
      'parity: flushed',
      'test/e2e/rules/flushed.test.ts: are not put back when nothing of ours is left to publish',
    ],
  },
  { docker: 'TestRestartUserlandProxyUnder2MSL', ours: ['parity: port-restart', 'parity: port-freed'] },
  {
    docker: 'TestCreateWithIPv6DefaultsToULAPrefix',
    ours: [
      'parity: ipv6-without-subnet',
      'test/e2e/dual-stack/scenario.test.ts: has a unique local range when none is named, and the containers addresses of it',
    ],
  },
];
