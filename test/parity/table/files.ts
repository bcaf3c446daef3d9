import type { Scene } from '../behaviour.ts';

const hosts = (container: string) =>
  `docker exec ${container} cat /etc/hosts | grep -v ip6- | sed "s/$(id ${container})/<own id>/"`;

export const files: Scene = {
  name: 'files',
  setUp: `
    docker network create --subnet 10.11.1.0/24 n1
    docker network create --subnet 10.11.2.0/24 n2
    sleeper u1 --network n1
    sleeper u2 --network n1 --hostname shop --domainname example.test
    sleeper extra --network n1 --add-host db:192.0.2.7 --add-host six:2001:db8::7
    sleeper dns --network n1 --dns 192.0.2.53 --dns 192.0.2.54 --dns-search corp.test --dns-option ndots:2 --dns-option rotate
    sleeper bridged
    sleeper bridged-dns --dns 192.0.2.53 --dns-search .
    sleeper none --network none
    sleeper both --network n1
    docker network connect n2 both`,
  behaviours: [
    {
      id: 'resolv-user',
      is: 'resolv.conf on a network of one’s own',
      see: 'docker exec u1 cat /etc/resolv.conf',
      difference: 'resolv-comments',
    },
    {
      id: 'resolv-user-servers',
      is: 'its lines that a program reads',
      see: 'docker exec u1 grep -v "^#" /etc/resolv.conf | grep .',
    },
    {
      id: 'resolv-dns',
      is: 'with --dns, --dns-search, --dns-option',
      see: 'docker exec dns grep -v "^#" /etc/resolv.conf | grep .',
    },
    {
      id: 'resolv-bridge',
      is: 'on the default bridge: that of the host',
      see: 'docker exec bridged grep -v "^#" /etc/resolv.conf | grep .',
    },
    {
      id: 'resolv-bridge-dns',
      is: 'on the default bridge with --dns and no search',
      see: 'docker exec bridged-dns grep -v "^#" /etc/resolv.conf | grep .',
    },
    {
      id: 'resolv-none',
      is: 'without a network: that of the host',
      see: 'docker exec none grep -v "^#" /etc/resolv.conf | grep .',
    },
    {
      id: 'resolv-ndots',
      is: 'an ndots that is no number',
      see: 'docker run --rm --network n1 --dns-option ndots:many $image grep ^options /etc/resolv.conf',
    },
    {
      id: 'resolv-edited',
      is: 'an edited resolv.conf after connect and disconnect, and after a restart',
      see: `docker exec u1 sh -c 'echo "search own.test" >> /etc/resolv.conf'; docker network connect n2 u1; docker network disconnect n2 u1; docker exec u1 grep own.test /etc/resolv.conf; docker restart -t 0 u1; docker exec u1 grep own.test /etc/resolv.conf || echo gone`,
    },
    {
      id: 'hosts-user',
      is: '/etc/hosts on a network of one’s own',
      see: hosts('both'),
    },
    { id: 'hosts-hostname', is: 'with a host name and a domain name', see: hosts('u2') },
    { id: 'hosts-extra', is: 'with --add-host', see: hosts('extra') },
    {
      id: 'hosts-ip6',
      is: 'the lines for IPv6 itself',
      see: 'docker exec u1 grep ip6- /etc/hosts',
      difference: 'hosts-ip6',
    },
    {
      id: 'host-gateway',
      is: 'host-gateway in --add-host',
      see: 'docker run --rm --network n1 --add-host up:host-gateway $image grep up$ /etc/hosts',
      difference: 'host-gateway',
    },
    {
      id: 'host-gateway-works',
      is: 'and the host is there',
      see: `docker run --rm --network n1 --add-host up:host-gateway $image sh -c 'ping -c1 -W1 -q up > /dev/null && echo reached'`,
    },
    { id: 'hosts-none', is: 'without a network', see: hosts('none') },
    {
      id: 'hosts-default-bridge',
      is: 'on the default bridge',
      see: `${hosts('bridged')} | sed 's/^172.17.0.[0-9]*/<own address>/'`,
    },
    {
      id: 'hosts-disconnect',
      is: 'a network that is disconnected takes its line along',
      see: `docker network disconnect n2 both; ${hosts('both')}`,
      difference: 'hosts-lines',
    },
    {
      id: 'hosts-connect',
      is: 'a network that is connected brings one',
      see: `docker network connect n2 both; ${hosts('both')}`,
      difference: 'hosts-lines',
    },
    {
      id: 'hosts-edited',
      is: 'a line that the user added is there after connect and disconnect',
      see: `docker exec both sh -c 'echo 192.0.2.99 mine >> /etc/hosts'; docker network disconnect n2 both; docker network connect n2 both; docker exec both grep mine /etc/hosts`,
    },
    {
      id: 'hosts-edited-restart',
      is: 'and after a restart',
      see: `docker restart -t 0 both > /dev/null; docker exec both grep mine /etc/hosts || echo gone`,
    },
    {
      id: 'hostname-file',
      is: '/etc/hostname and the kernel agree',
      see: 'docker exec u2 cat /etc/hostname; docker exec u2 hostname',
    },
    {
      id: 'hostname-default',
      is: 'the default host name is the short id',
      see: '[ "$(docker exec u1 hostname)" = "$(id u1)" ] && echo yes',
    },
    {
      id: 'files-mounted',
      is: 'the three files are mounts, which can be written',
      see: `docker exec u1 awk '$2 ~ "^/etc/" { print $2, substr($4, 1, 2) }' /proc/mounts | sort`,
    },
    {
      id: 'hosts-host-mode',
      is: 'with the host’s network /etc/hosts is that of the host',
      see: 'docker run --rm --network host $image cat /etc/hosts | cmp - /etc/hosts && echo the same',
    },
    {
      id: 'hostname-host-mode',
      is: 'and so is the host name',
      see: '[ "$(docker run --rm --network host $image hostname)" = "$(hostname)" ] && echo the same',
    },
    {
      id: 'files-joined',
      is: 'a container that joins another has its files',
      see: 'docker run --rm --network container:u2 $image sh -c "hostname; grep -v ip6- /etc/hosts"',
    },
  ],
};
