/** Tests of Docker on one host that have no counterpart here, and why. */
export const elsewhere: readonly { readonly docker: string; readonly because: string }[] = [
  { docker: 'TestSRVServiceQuery', because: 'records of swarm services' },
  { docker: 'TestEndpointNameLabel', because: 'a label between two parts of its engine' },
  { docker: 'TestNftabler', because: 'rules are those of iptables, which the kernel keeps in nf_tables' },
  {
    docker: 'TestDefaultBridgeIPv6',
    because: 'an option of its daemon; the default bridge here has IPv4 only',
  },
  { docker: 'TestBridgeIPAMStatus', because: 'a field of a newer API than the one that is spoken' },
  { docker: 'TestEmptyPortBindingsBC', because: 'what a newer API makes of requests of an older one' },
  { docker: 'TestRCParseErrors', because: 'a line that is none is passed over, as the C library does' },
];
