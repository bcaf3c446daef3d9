import type { Conformance } from './conformance.ts';

/** Tests of networks, rules and published ports, by what passes. */
export const traffic: readonly Conformance[] = [
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
  {
    docker: 'TestAuxAddresses',
    ours: ['parity: ip-range', 'test/network/ipam.test.ts: leave reserved and auxiliary ones free'],
  },
  {
    docker: 'TestBridgeINCRouted',
    ours: [
      'test/e2e/others/scenario.test.ts: routed: other networks reach what is published, at the address of the container, and nothing else',
    ],
  },
  {
    docker: 'TestAccessToPublishedPort',
    ours: ['parity: port-other-network', 'parity: port-other-gateway', 'parity: port-hairpin'],
  },
  { docker: 'TestInterNetworkDirectRouting', ours: ['parity: port-other-direct'] },
  {
    docker: 'TestDirectRemoteAccessOnExposedPort',
    ours: [
      'parity: lan-direct-published',
      'test/e2e/ports/scenario.test.ts: are the only way in: a container address is closed to the LAN and to other networks',
    ],
  },
  {
    docker: 'TestSkipRawRules',
    ours: [
      'test/e2e/others/scenario.test.ts: trusted_host_interfaces: from there the address of the container leads to its published ports',
    ],
  },
  {
    docker: 'TestAccessPublishedPortFromCtr',
    ours: [
      'parity: port-hairpin',
      'test/e2e/conformance/ports.test.ts: UDP goes round to the container itself and to its neighbour',
    ],
  },
  {
    docker: 'TestPortMappedHairpinUDP',
    ours: ['test/e2e/conformance/ports.test.ts: UDP goes round to the container itself and to its neighbour'],
  },
  {
    docker: 'TestMixAnyWithSpecificHostAddrs',
    ours: [
      'test/e2e/conformance/ports.test.ts: of all addresses beside one of a single address: each has its number, the same for both families',
    ],
  },
  {
    docker: 'TestMixUnspecAndSpecificAddrs',
    ours: [
      'test/e2e/conformance/ports.test.ts: of all addresses beside one of a single address: each has its number, the same for both families',
    ],
  },
  {
    docker: 'TestAllPortMappingsAreReturned',
    ours: [
      'test/e2e/conformance/ports.test.ts: of a container on an IPv4 and an IPv6 network each family leads to its own',
    ],
  },
  {
    docker: 'TestPortMappingRestore',
    ours: ['test/e2e/dns/ports.test.ts: are taken again by an engine that was killed and came back'],
  },
  {
    docker: 'TestAddPortMappings',
    ours: [
      'test/e2e/conformance/ports.test.ts: -p %s is %j, and answers %s',
      'test/e2e/published/scenario.test.ts: -p of SCTP is translated like the others',
    ],
  },
  { docker: 'TestPortMappingConfig', ours: ['parity: port-hostconfig', 'parity: port-query'] },
  {
    docker: 'TestOutgoingNATRules',
    ours: [
      'parity: masquerade',
      'parity: masquerade-off',
      'test/e2e/others/scenario.test.ts: host_ipv4: what goes out has that address',
      'test/e2e/conformance/ports.test.ts: host_ipv6: what goes out over IPv6 has that address',
    ],
  },
  {
    docker: 'TestSetupIPForwarding',
    ours: [
      'parity: forward-policy',
      'test/e2e/dual-stack/scenario.test.ts: forwarding is on while there is such a network and as before after it',
    ],
  },
  {
    docker: 'TestIptabler',
    ours: [
      'test/network/firewall.test.ts: are these, whole',
      'test/e2e/external/scenario.test.ts: filters: connections under way, networks apart, one accept a published port, and the rest dropped',
      'test/e2e/network/firewall.test.ts: %s %s: %s changes',
      'test/e2e/conformance/ports.test.ts: of %s (%s), it is another thing that is heard',
    ],
  },
  {
    docker: 'TestAllocateExactPort',
    ours: [
      'parity: port-simple',
      'test/network-ports/table.test.ts: is held by a real socket until it is released',
    ],
  },
  {
    docker: 'TestAllocateExactPortForMultipleAddrs',
    ours: [
      'parity: port-loopbacks',
      'test/network-ports/table.test.ts: is 0.0.0.0 and [::] under one number',
    ],
  },
  {
    docker: 'TestAllocateExactPortInUse',
    ours: [
      'parity: port-conflict-program',
      'test/e2e/dns/ports.test.ts: a conflict names the program, its pid and its folder',
    ],
  },
  {
    docker: 'TestAllocateRangePortInUse',
    ours: ['test/e2e/conformance/ports.test.ts: of a range passes over what a program has, and ends with it'],
  },
  {
    docker: 'TestAllocateAllPorts',
    ours: [
      'test/e2e/conformance/ports.test.ts: of a range passes over what a program has, and ends with it',
      'test/network-ports/table.test.ts: one that is used up says so',
    ],
  },
  {
    docker: 'TestRepeatAllocation',
    ours: [
      'test/e2e/conformance/ports.test.ts: are all different, of the kernel’s own range, and free again with their container',
      'test/network-ports/table.test.ts: comes out of the kernel’s own range, a different one each time',
    ],
  },
  {
    docker: 'TestNoDuplicateBPR',
    ours: [
      'test/e2e/conformance/ports.test.ts: are all different, of the kernel’s own range, and free again with their container',
      'test/network-ports/table.test.ts: comes out of the kernel’s own range, a different one each time',
    ],
  },
  {
    docker: 'TestReuseReleasedPort',
    ours: [
      'parity: port-freed',
      'test/network-ports/table.test.ts: can be taken again at once after a release',
    ],
  },
  {
    docker: 'TestOnlyOneSocketBindsUDPPort',
    ours: [
      'test/e2e/conformance/ports.test.ts: is held by one socket for UDP, and by one with as long a queue as the kernel allows for TCP',
    ],
  },
  {
    docker: 'TestSocketBacklogEqualsSomaxconn',
    ours: [
      'test/e2e/conformance/ports.test.ts: is held by one socket for UDP, and by one with as long a queue as the kernel allows for TCP',
    ],
  },
  {
    docker: 'TestPacketsAreDroppedUntilDetachSocketFilter',
    ours: [
      'test/e2e/conformance/ports.test.ts: gives a caller who comes while it is made to the container, once it answers',
      'test/network-ports/table.test.ts: connections wait until it is known where to, and then go there',
    ],
  },
  {
    docker: 'TestParseReservedPorts',
    ours: [
      'test/network-ports/holder.test.ts: are numbers and ranges',
      'test/e2e/dns/ports.test.ts: random ports come from the kernel’s range, less what the administrator keeps',
    ],
  },
  {
    docker: 'TestRequestNewPortSkipsReservedPorts',
    ours: [
      'test/e2e/dns/ports.test.ts: random ports come from the kernel’s range, less what the administrator keeps',
    ],
  },
  {
    docker: 'TestPortAllocationWithCustomRange',
    ours: [
      'test/e2e/dns/ports.test.ts: random ports come from the kernel’s range, less what the administrator keeps',
    ],
  },
  {
    docker: 'TestRequestPortForMultipleIPs',
    ours: ['parity: port-loopbacks', 'test/network-ports/table.test.ts: so do two loopback addresses'],
  },
];
