import type { Scene } from '../behaviour.ts';

export const traffic: Scene = {
  name: 'traffic',
  setUp: `
    docker network create --subnet 10.14.1.0/24 n1
    docker network create --subnet 10.14.2.0/24 n2
    docker network create --subnet 10.14.3.0/24 --internal inner
    docker network create --subnet 10.14.4.0/24 -o com.docker.network.bridge.enable_ip_masquerade=false plain
    lan ip route add 10.14.0.0/16 via 10.77.0.1
    sleeper a1 --network n1 --ip 10.14.1.2
    sleeper b1 --network n1 --ip 10.14.1.3
    sleeper c1 --network n2 --ip 10.14.2.2
    sleeper i1 --network inner --ip 10.14.3.2
    sleeper j1 --network inner --ip 10.14.3.3
    sleeper p1 --network plain --ip 10.14.4.2
    web w1 --network n1 --ip 10.14.1.9 -p 8200:80`,
  behaviours: [
    { id: 'reach-neighbour', is: 'neighbours reach each other', see: 'reach a1 10.14.1.3' },
    { id: 'reach-network', is: 'networks are apart', see: 'reach a1 10.14.2.2; reach c1 10.14.1.2' },
    { id: 'reach-gateway', is: 'the gateway is reached', see: 'reach a1 10.14.1.1' },
    {
      id: 'reach-other-gateway',
      is: 'the gateway of another network is the host too',
      see: 'reach a1 10.14.2.1',
    },
    { id: 'reach-lan', is: 'another machine is reached', see: 'reach a1 10.77.0.2' },
    {
      id: 'reach-host',
      is: 'the host reaches containers',
      see: 'ping -c1 -W1 -q 10.14.1.2 > /dev/null && echo reached',
    },
    {
      id: 'internal-out',
      is: 'an internal network leads nowhere',
      see: 'reach i1 10.77.0.2; reach i1 10.14.1.2',
    },
    { id: 'internal-in', is: 'and nobody leads there', see: 'reach a1 10.14.3.2' },
    {
      id: 'internal-neighbour',
      is: 'its neighbours reach each other, and the gateway',
      see: 'reach i1 10.14.3.3; reach i1 10.14.3.1',
    },
    {
      id: 'icc-off',
      is: 'with enable_icc=false neighbours do not, the way out stays',
      see: `try docker network create --subnet 10.14.5.0/24 -o com.docker.network.bridge.enable_icc=false quiet > /dev/null; sleeper q1 --network quiet; sleeper q2 --network quiet; reach q1 10.14.5.3; reach q1 10.14.5.1; reach q1 10.77.0.2; docker rm -f q1 q2`,
    },
    {
      id: 'lan-direct',
      is: 'another machine with a route to a container',
      see: 'lan ping -c1 -W1 -q 10.14.1.2 > /dev/null && echo reached || echo not reached',
    },
    {
      id: 'lan-direct-published',
      is: 'and to the container port that is published',
      see: 'lan wget -qO- --timeout=2 --tries=1 http://10.14.1.9/ || echo not reached',
      difference: 'direct',
    },
    { id: 'masquerade', is: 'what goes out has the address of the host', see: sourceOf('a1') },
    { id: 'masquerade-off', is: 'unless the network’s option says no', see: sourceOf('p1') },
    {
      id: 'masquerade-rule',
      is: 'the rule that does it',
      see: `iptables-save -t nat | grep -e '10.14.1.0/24' | sed -e "s/$(bridge_of n1)/<bridge>/g" -e 's/^-A [A-Z-]* /-A <chain> /' -e 's/ -m comment --comment [^ ]*//'`,
      difference: 'rules',
    },
    {
      id: 'dnat-rule',
      is: 'the rule for a published port',
      see: `iptables-save -t nat | grep -e 'DNAT.*10.14.1.9' | sed -e "s/$(bridge_of n1)/<bridge>/g" -e 's/^-A [A-Z-]* /-A <chain> /'`,
      difference: 'rules',
    },
    {
      id: 'chains',
      is: 'chains in the filter table',
      see: `iptables-save -t filter | grep '^:[A-Z]*[-A-Z0-9]* -' | cut -d' ' -f1 | sort`,
      difference: 'chains',
    },
    {
      id: 'user-chain',
      is: 'a rule in the user’s chain comes first',
      see: `chain=DOCKER-USER; iptables -nL BERTH-USER > /dev/null 2>&1 && chain=BERTH-USER; iptables -I $chain -s 10.14.1.2 -d 10.77.0.2 -j DROP; reach a1 10.77.0.2; reach b1 10.77.0.2; iptables -D $chain -s 10.14.1.2 -d 10.77.0.2 -j DROP; reach a1 10.77.0.2`,
    },
    {
      id: 'forward-policy',
      is: 'the policy of the host for what it forwards',
      see: `iptables-save -t filter | grep '^:FORWARD' | cut -d' ' -f2; cat /proc/sys/net/ipv4/ip_forward`,
      difference: 'forwarding',
    },
    {
      id: 'forward-drop',
      is: 'a policy of somebody else that drops does not stop us',
      see: `iptables -P FORWARD DROP; reach a1 10.77.0.2; lan wget -qO- --timeout=3 --tries=2 http://10.77.0.1:8200/`,
    },
    {
      id: 'flushed',
      is: 'rules that somebody flushed',
      see: `iptables -F; iptables -t nat -F; for n in $(seq 40); do iptables-save -t nat | grep -q 'DNAT.*10.14.1.9' && break; sleep 0.05; done; iptables-save -t nat | grep -c 'DNAT.*10.14.1.9'`,
      difference: 'flushed',
    },
    {
      id: 'rules-gone',
      is: 'a network that is removed leaves no rule and no bridge',
      see: `docker network create --subnet 10.14.6.0/24 -o com.docker.network.bridge.name=br-gone gone > /dev/null; docker network rm gone; iptables-save | grep -c -e br-gone -e 10.14.6; ip -br link show br-gone 2>&1 | sed 's/"//g'`,
    },
  ],
};

/** The address under which a container's call arrives at the neighbour. */
function sourceOf(container: string): string {
  return `port=$((7000 + RANDOM % 900))
    lan timeout 4 socat -u TCP-LISTEN:$port,reuseaddr 'SYSTEM:echo \\$SOCAT_PEERADDR' > caller 2>&1 &
    for n in $(seq 60); do lan ss -Hlnt | grep -q ":$port" && break; sleep 0.05; done
    inside ${container} socat -u /dev/null TCP:10.77.0.2:$port,connect-timeout=3
    wait; cat caller`;
}
