import type { Scene } from '../behaviour.ts';

export const names: Scene = {
  name: 'names',
  setUp: `
    docker network create --subnet 10.12.1.0/24 n1
    docker network create --subnet 10.12.2.0/24 n2
    docker network create --subnet 10.12.3.0/24 --internal inner
    sleeper asker --network n1 --ip 10.12.1.2
    sleeper web1 --network n1 --ip 10.12.1.11 --network-alias pool --hostname front
    sleeper web2 --network n1 --ip 10.12.1.12 --network-alias pool
    sleeper linked --network n1 --ip 10.12.1.13 --link web1:store
    sleeper away --network n2 --ip 10.12.2.11
    sleeper both --network n1 --ip 10.12.1.14
    docker network connect --ip 10.12.2.14 --alias second n2 both
    sleeper inside --network inner --ip 10.12.3.2
    sleeper inside2 --network inner --ip 10.12.3.3
    sleeper bridged
    sleeper search --network n1 --dns-search corp.test`,
  behaviours: [
    { id: 'a', is: 'A of a container: flags and answer', see: 'ask asker web1' },
    { id: 'a-self', is: 'a container finds itself', see: 'ask asker asker' },
    { id: 'a-alias', is: 'an alias', see: 'ask asker pool.n1' },
    { id: 'a-pool', is: 'an alias of several has all addresses', see: 'ask asker pool' },
    {
      id: 'a-shuffled',
      is: 'in changing order',
      see: 'for n in $(seq 40); do inside asker dig @127.0.0.11 +short pool | head -1; done | sort -u',
    },
    { id: 'a-short-id', is: 'the short id', see: 'ask asker $(id web1) | sed "s/$(id web1)/<short id>/"' },
    { id: 'a-hostname', is: 'the host name', see: 'ask asker front' },
    { id: 'a-network', is: '<name>.<network>', see: 'ask asker web1.n1' },
    {
      id: 'a-wrong-network',
      is: '<name>.<network> of a network that it is not on',
      see: 'ask asker web1.n2',
    },
    { id: 'a-case', is: 'the case of the question is kept', see: 'ask asker WeB1' },
    { id: 'a-dot', is: 'a trailing dot', see: 'ask asker web1.' },
    { id: 'a-other-network', is: 'a container of another network is unknown', see: 'ask asker away' },
    {
      id: 'a-second-network',
      is: 'a container on two networks finds those of both',
      see: 'ask both away; ask both web1',
    },
    {
      id: 'a-first-network',
      is: 'a name on two networks is answered from the first alone',
      see: 'ask both both',
    },
    {
      id: 'a-alias-network',
      is: 'an alias counts on its network alone',
      see: 'ask away second; ask asker second',
    },
    { id: 'link', is: 'a link is a name for the one that has it', see: 'ask linked store' },
    { id: 'link-others', is: 'and for nobody else', see: 'ask asker store' },
    {
      id: 'ttl',
      is: 'how long an answer may be kept',
      see: `inside asker dig @127.0.0.11 +noall +answer web1 | awk '{ print $2 }'`,
      difference: 'ttl',
    },
    {
      id: 'edns',
      is: 'a question with EDNS',
      see: 'inside asker dig @127.0.0.11 +nocookie +bufsize=4096 web1 | grep -c "OPT PSEUDOSECTION"',
      difference: 'edns',
    },
    { id: 'mx', is: 'MX of a container', see: 'ask asker web1 MX' },
    { id: 'txt', is: 'TXT of a container', see: 'ask asker web1 TXT', difference: 'own-names' },
    { id: 'any', is: 'ANY of a container', see: 'ask asker +notcp web1 ANY', difference: 'own-names' },
    { id: 'https', is: 'HTTPS of a container', see: 'ask asker web1 TYPE65', difference: 'own-names' },
    {
      id: 'leak',
      is: 'what upstream heard of our names',
      see: 'asked "\\bweb1$" || echo nothing',
      difference: 'own-names',
    },
    { id: 'class', is: 'class CHAOS', see: 'ask asker -c CH web1 A', difference: 'class' },
    { id: 'ptr', is: 'an address has its container’s name and network', see: 'ask asker -x 10.12.1.11' },
    {
      id: 'ptr-gateway',
      is: 'the gateway’s address is asked upstream',
      see: 'ask asker -x 10.12.1.1; asked 1.1.12.10',
    },
    { id: 'ptr-other', is: 'so is an address of another network', see: 'ask asker -x 10.12.2.11' },
    { id: 'forward', is: 'other names are asked upstream', see: 'ask asker far.test' },
    { id: 'forward-tcp', is: 'also over TCP', see: 'ask asker +tcp far.test' },
    { id: 'nxdomain', is: 'a name that does not exist', see: 'ask asker nowhere.test' },
    {
      id: 'nxdomain-single',
      is: 'a single label that does not exist',
      see: 'ask asker nobody; asked "\\bnobody$"',
    },
    { id: 'tcp', is: 'own names over TCP', see: 'ask asker +tcp pool' },
    { id: 'internal-own', is: 'own names on an internal network', see: 'ask inside inside2' },
    {
      id: 'internal-foreign',
      is: 'an internal network asks nobody outside',
      see: 'ask inside far.test | head -1',
    },
    {
      id: 'search',
      is: 'the search domain is tried',
      see: 'docker exec search ping -c1 -W1 thing; asked thing',
    },
    {
      id: 'default-bridge',
      is: 'the default bridge has no resolver',
      see: 'docker exec bridged grep -c 127.0.0.11 /etc/resolv.conf',
    },
    {
      id: 'default-bridge-link',
      is: 'links on the default bridge are lines of /etc/hosts',
      see: `sleeper linker --link bridged:old; docker exec linker grep -o 'old.*' /etc/hosts | sed "s/$(id bridged)/<short id>/"; docker rm -f linker`,
    },
    {
      id: 'link-not-running',
      is: 'a link to a container that does not run',
      see: `docker create --name idle $image true > /dev/null; try docker run --rm --name linker --link idle:old $image true; docker rm -f idle`,
    },
    {
      id: 'rename',
      is: 'a renamed container is found by its new name',
      see: 'docker rename web2 web3; ask asker web3; ask asker web2; docker rename web3 web2',
    },
    {
      id: 'stop',
      is: 'a stopped container is gone from the answers',
      see: 'docker stop -t 0 web2; ask asker pool; docker start web2; ask asker pool',
    },
    {
      id: 'connect-name',
      is: 'who is connected is found, who is disconnected is not',
      see: 'docker network connect --alias joined n2 asker; ask away joined; docker network disconnect n2 asker; ask away joined',
    },
    {
      id: 'port-53',
      is: 'port 53 is free for the container itself',
      see: `inside asker ss -Hlnu | awk '{ print $4 }' | grep -c ':53$'`,
    },
    {
      id: 'own-servers',
      is: 'a server of --dns is asked by the container itself',
      see: `sleeper own --network n1 --dns $lan_server; ask own far.test; docker rm -f own`,
    },
    {
      id: 'dead-server',
      is: 'when no server answers',
      see: 'sleeper dead --network n1 --dns 127.0.0.2 2> /dev/null; ask dead far.test; docker rm -f dead',
      difference: 'dns-flags',
    },
    {
      id: 'second-server',
      is: 'the second server is asked when the first is not there',
      see: `sleeper later --network n1 --dns 127.0.0.2 --dns $lan_server; ask later far.test; docker rm -f later`,
    },
    {
      id: 'ndots',
      is: 'single labels are asked of nobody where ndots is set',
      see: `sleeper dots --network n1 --dns-option ndots:1; ask dots lonely; ask dots web1; asked 'A lonely$'; docker rm -f dots`,
    },
    {
      id: 'dnsnames',
      is: 'inspect lists the names',
      see: `docker inspect -f '{{json .NetworkSettings.Networks.n1.DNSNames}} {{json .NetworkSettings.Networks.n1.Aliases}}' web1`,
    },
  ],
};
