import type { Conformance } from './conformance.ts';

/** Tests of address pools, interfaces and gateways. */
export const addresses: readonly Conformance[] = [
  {
    docker: 'TestDynamicPoolAllocation',
    ours: [
      'parity: default-subnet',
      'test/e2e/conformance/addresses.test.ts: of forty networks that are made at the same time are forty, beyond the thirty-one of Docker',
    ],
  },
  {
    docker: 'TestStaticAllocation',
    ours: [
      'parity: create-overlap',
      'test/network/ipam.test.ts: must not overlap another network, and the error names it',
    ],
  },
  {
    docker: 'TestPredefinedPool',
    ours: [
      'parity: default-subnet',
      'test/network/ipam.test.ts: come in the order and sizes of Docker, without the range of the default bridge',
    ],
  },
  {
    docker: 'TestPredefinedPoolWithPreferredSubnetSize',
    ours: [
      'test/e2e/conformance/addresses.test.ts: of a length are any free ones, which the next engine keeps',
      'test/network/ipam.test.ts: are any free ones of a length, when only that is named',
    ],
  },
  {
    docker: 'TestPreferredSubnetRestore',
    ours: [
      'test/e2e/conformance/addresses.test.ts: of a length are any free ones, which the next engine keeps',
    ],
  },
  { docker: 'TestGetSameAddress', ours: ['parity: static-taken', 'parity: address-reused'] },
  {
    docker: 'TestRequestReleaseAddressFromSubPool',
    ours: ['parity: ip-range', 'test/e2e/modes/scenario.test.ts: a dynamic address comes from ip_range'],
  },
  {
    docker: 'TestRequestReleaseAddressDuplicate',
    ours: [
      'parity: address-reused',
      'test/e2e/conformance/addresses.test.ts: a /30 has room for one container, a /32 for none',
    ],
  },
  { docker: 'TestOverlappingRequests', ours: ['parity: create-overlap'] },
  {
    docker: 'TestUnusualSubnets',
    ours: [
      'parity: point-to-point',
      'test/e2e/conformance/addresses.test.ts: a /30 has room for one container, a /32 for none',
    ],
  },
  {
    docker: 'TestParallelPredefinedRequest',
    ours: [
      'test/e2e/conformance/addresses.test.ts: of forty networks that are made at the same time are forty, beyond the thirty-one of Docker',
    ],
  },
  {
    docker: 'TestInferReservedNetworksV4',
    ours: [
      'test/e2e/conformance/addresses.test.ts: keep off routes of every table, and off the name servers of the host',
    ],
  },
  {
    docker: 'TestValidateConfig',
    ours: ['test/e2e/networks/scenario.test.ts: network create %j is refused: %s'],
  },
  {
    docker: 'TestValidateFixedCIDRV6',
    ours: [
      'test/e2e/conformance/addresses.test.ts: an IPv6 range of 64 bits gives its first address',
      'test/e2e/networks/scenario.test.ts: network create takes every flag',
    ],
  },
  { docker: 'TestQueryEndpointInfo', ours: ['parity: inspect-endpoint-values', 'parity: port-query'] },
  { docker: 'TestQueryEndpointInfoHairpin', ours: ['parity: bridge-ports'] },
  {
    docker: 'TestMTUBiggerThan1500',
    ours: [
      'parity: mtu-option',
      'test/e2e/conformance/addresses.test.ts: has the MTU of the network, beyond that of an Ethernet too',
    ],
  },
  {
    docker: 'TestMTUBiggerThan64K',
    ours: [
      'test/e2e/conformance/addresses.test.ts: has the MTU of the network, beyond that of an Ethernet too',
    ],
  },
  {
    docker: 'TestSandboxAddMultiPrio',
    ours: [
      'test/e2e/conformance/addresses.test.ts: goes out by the highest priority, a negative one loses, and the next best takes over',
    ],
  },
  { docker: 'TestSandboxAddSamePrio', ours: ['parity: two-networks', 'parity: disconnect-route'] },
  {
    docker: 'TestGatewayEndpointRespectsPriorityPerAddressFamily',
    ours: [
      'test/e2e/conformance/addresses.test.ts: goes out by the highest priority, a negative one loses, and the next best takes over',
    ],
  },
  {
    docker: 'TestGatewaySelection',
    ours: [
      'test/e2e/conformance/addresses.test.ts: goes out by the highest priority, a negative one loses, and the next best takes over',
    ],
  },
  {
    docker: 'TestCreateWithPriority',
    ours: [
      'test/e2e/networks/scenario.test.ts: goes out by the one with the highest gw_priority, which also takes the ports',
    ],
  },
  {
    docker: 'TestConnectWithPriority',
    ours: [
      'test/e2e/conformance/addresses.test.ts: goes out by the highest priority, a negative one loses, and the next best takes over',
    ],
  },
  {
    docker: 'TestDisableIPv4',
    ours: [
      'test/e2e/conformance/addresses.test.ts: a network without IPv4 has none on its bridge and in its containers',
    ],
  },
  {
    docker: 'TestDisableIPv6Addrs',
    ours: [
      'parity: ipv6-none',
      'test/e2e/dual-stack/scenario.test.ts: a network without IPv6 has none at all, not even link-local addresses',
    ],
  },
  {
    docker: 'TestSetEndpointSysctl',
    ours: [
      'test/e2e/conformance/addresses.test.ts: has kernel parameters of its own, also by the command line of docker run',
      'test/e2e/networks/scenario.test.ts: has its MAC address, its link-local addresses and its kernel parameters there',
    ],
  },
  {
    docker: 'TestAdvertiseAddresses',
    ours: [
      'test/e2e/conformance/addresses.test.ts: tells its neighbours of a new MAC address, unless it was told not to',
      'test/e2e/macvlan/scenario.test.ts: a machine of the LAN reaches the container at an address of its own, and sees its own MAC',
    ],
  },
  { docker: 'TestNetworkInspectGateway', ours: ['parity: inspect', 'parity: bridge-address'] },
  {
    docker: 'TestDockerNetworkDeletePreferID',
    ours: [
      'test/e2e/conformance/addresses.test.ts: a network whose name is the id of another goes after that one',
    ],
  },
  {
    docker: 'TestDaemonRestartWithExistingNetwork',
    ours: [
      'test/e2e/conformance/addresses.test.ts: of a length are any free ones, which the next engine keeps',
    ],
  },
  {
    docker: 'TestCreateWithMultiNetworks',
    ours: [
      'test/e2e/conformance/addresses.test.ts: has all of them from its first moment, in the order in which they were named',
    ],
  },
  {
    docker: 'Test64BitIPRange',
    ours: ['test/e2e/conformance/addresses.test.ts: an IPv6 range of 64 bits gives its first address'],
  },
  {
    docker: 'TestEndpointWithCustomIfname',
    ours: ['test/e2e/networks/scenario.test.ts: has them in the order of priority, with the names asked for'],
  },
  {
    docker: 'TestJoinError',
    ours: [
      'test/e2e/conformance/addresses.test.ts: a container whose network is gone is refused, and starts once there is one of that name again',
    ],
  },
];
