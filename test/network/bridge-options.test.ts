import { describe, expect, it } from 'vitest';
import { bridgeFlag, checkOptions, gatewayMode, optionWarnings } from '../../src/network/bridge-options.ts';
import { rulesFor, type FirewallState } from '../../src/network/firewall/model.ts';
import { renderRestore } from '../../src/network/firewall/iptables.ts';
import type { GatewayMode } from '../../src/network/bridge-options.ts';
import type { NetworkSpec } from '../../src/model/network.ts';
import { networkOf } from './records.ts';
import { thrownBy } from './thrown.ts';

const BRIDGE = 'com.docker.network.bridge';
const spec = (options: Record<string, string>, internal = false): NetworkSpec =>
  networkOf({ options, internal }).spec;

describe('options of a network', () => {
  it('that are known say nothing', () => {
    const known = { [`${BRIDGE}.name`]: 'lab0', 'com.docker.network.driver.mtu': '1400' };
    expect(optionWarnings(spec(known))).toEqual([]);
  });

  it('that nobody knows are told, with the one that was meant', () => {
    expect(optionWarnings(spec({ [`${BRIDGE}.enable_ic`]: 'false', colour: 'red' }))).toEqual([
      `unknown option ${BRIDGE}.enable_ic, which has no effect; did you mean ${BRIDGE}.enable_icc?`,
      'unknown option colour, which has no effect',
    ]);
  });

  it('are yes and no in the words of Go', () => {
    expect(bridgeFlag(spec({ [`${BRIDGE}.enable_icc`]: '0' }), 'enable_icc', true)).toBe(false);
    expect(bridgeFlag(spec({ [`${BRIDGE}.enable_icc`]: 'True' }), 'enable_icc', false)).toBe(true);
    expect(bridgeFlag(spec({}), 'enable_icc', true)).toBe(true);
  });

  it.each([
    [
      { [`${BRIDGE}.enable_icc`]: 'no' },
      'failed to parse com.docker.network.bridge.enable_icc value: no (strconv.ParseBool: parsing "no": invalid syntax)',
    ],
    [
      { 'com.docker.network.driver.mtu': 'abc' },
      'failed to parse com.docker.network.driver.mtu value: abc (strconv.Atoi: parsing "abc": invalid syntax)',
    ],
    [{ [`${BRIDGE}.gateway_mode_ipv4`]: 'bridged' }, 'unknown gateway mode bridged'],
    [
      { [`${BRIDGE}.gateway_mode_ipv4`]: 'isolated' },
      "gateway mode 'isolated' can only be used for an internal network",
    ],
  ])('with values that make no sense are refused: %j', (options, message) => {
    expect(thrownBy(() => checkOptions(spec(options))).message).toBe(message);
  });

  it('give each family its own gateway mode', () => {
    const mixed = spec({ [`${BRIDGE}.gateway_mode_ipv6`]: 'routed' });
    expect([gatewayMode(mixed, 'ipv4'), gatewayMode(mixed, 'ipv6')]).toEqual(['nat', 'routed']);
  });
});

describe('the rules of a gateway mode', () => {
  const rules = (mode: GatewayMode): string => {
    const state: FirewallState = {
      networks: [
        {
          id: 'f',
          name: 'front',
          bridge: 'br-f',
          subnets: ['172.18.0.0/16'],
          internal: false,
          icc: true,
          masquerade: true,
          gatewayModes: { ipv4: mode, ipv6: 'nat' },
        },
      ],
      ports: [
        {
          containerName: 'web',
          networkId: 'f',
          bridge: 'br-f',
          containerIp: '172.18.0.2',
          containerPort: 80,
          protocol: 'tcp',
          hostIp: '0.0.0.0',
          hostPort: mode === 'routed' ? 0 : 8080,
        },
      ],
    };
    return renderRestore(rulesFor(state), { installed: false }).replaceAll(
      / -m comment --comment "[^"]*"/g,
      '',
    );
  };

  it('nat hides the container and translates', () => {
    expect(rules('nat')).toContain('-A BERTH-DIRECT -d 172.18.0.2/32 ! -i br-f -j DROP');
    expect(rules('nat')).toContain('-A BERTH ! -i br-f -o br-f -j DROP');
  });

  it('nat-unprotected translates, and lets everybody in', () => {
    expect(rules('nat-unprotected')).not.toContain('-d 172.18.0.2/32 ! -i br-f -j DROP');
    expect(rules('nat-unprotected')).toContain('-A BERTH ! -i br-f -o br-f -j ACCEPT');
    expect(rules('nat-unprotected')).toContain('-j DNAT --to-destination 172.18.0.2:80');
  });

  it('routed translates nothing, and lets in pings and what is published', () => {
    expect(rules('routed')).not.toMatch(/-j DNAT|-j MASQUERADE|-d 172\.18\.0\.2\/32 ! -i br-f -j DROP/);
    expect(rules('routed')).toContain(
      '-A BERTH -d 172.18.0.2/32 ! -i br-f -o br-f -p tcp -m tcp --dport 80 -j ACCEPT',
    );
    expect(rules('routed')).toMatch(/-p icmp -j ACCEPT\n-A BERTH ! -i br-f -o br-f -j DROP/);
  });
});
