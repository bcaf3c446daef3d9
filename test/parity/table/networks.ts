import type { Scene } from '../behaviour.ts';

export const networks: Scene = {
  name: 'networks',
  setUp: `
    docker network create --subnet 10.15.1.0/24 --label tier=front n1
    docker network create --subnet 10.15.2.0/24 --internal --attachable n2
    sleeper c1 --network n1
    sleeper hosted --network host
    sleeper lonely --network none
    docker create --name stopped --network n2 $image true`,
  behaviours: [
    {
      id: 'create-output',
      is: 'create prints the id',
      see: 'try docker network create --subnet 10.15.20.0/24 x1; docker network rm x1',
    },
    { id: 'create-twice', is: 'a name that is taken', see: 'try docker network create n1' },
    {
      id: 'create-predefined',
      is: 'a predefined name',
      see: 'try docker network create bridge; try docker network create host; try docker network create none',
    },
    { id: 'create-default', is: 'the name "default"', see: 'try docker network create default' },
    {
      id: 'create-driver',
      is: 'a driver that nobody has',
      see: 'try docker network create -d nosuch x2',
    },
    {
      id: 'create-overlap',
      is: 'a subnet of another network',
      see: 'try docker network create --subnet 10.15.1.0/25 x3',
    },
    {
      id: 'create-bridge-name',
      is: 'a bridge name of another network',
      see: 'docker network create -o com.docker.network.bridge.name=br-one x4 > /dev/null; try docker network create -o com.docker.network.bridge.name=br-one x5; docker network rm x4',
    },
    {
      id: 'create-subnet',
      is: 'a subnet that is none',
      see: 'try docker network create --subnet 10.15.9 x6',
    },
    {
      id: 'create-host-bits',
      is: 'a subnet with host bits',
      see: 'try docker network create --subnet 10.15.9.5/24 x7 > seen; grep -v "^[0-9a-f]*$" seen; docker network rm x7 2>&1 | grep x7',
    },
    {
      id: 'create-gateway',
      is: 'a gateway outside the subnet',
      see: 'try docker network create --subnet 10.15.9.0/24 --gateway 10.16.0.1 x8',
    },
    {
      id: 'create-range',
      is: 'a range outside the subnet',
      see: 'try docker network create --subnet 10.15.9.0/24 --ip-range 10.16.0.0/25 x9',
    },
    {
      id: 'create-two-subnets',
      is: 'two IPv4 subnets',
      see: 'try docker network create --subnet 10.15.9.0/24 --subnet 10.15.10.0/24 x10',
    },
    {
      id: 'create-mtu',
      is: 'an MTU that is no number',
      see: 'try docker network create -o com.docker.network.driver.mtu=abc x11',
    },
    {
      id: 'create-typo',
      is: 'an option that nobody knows',
      see: 'try docker network create -o com.docker.network.bridge.enable_iccc=false x12; docker network rm x12 > /dev/null',
    },
    { id: 'create-host-driver', is: 'a second host network', see: 'try docker network create -d host x13' },
    { id: 'ls', is: 'the list', see: `docker network ls | awk '{ $1 = "<id>"; print }'` },
    {
      id: 'ls-filters',
      is: 'filters of the list',
      see: `for f in driver=bridge name=n label=tier label=tier=back type=custom type=builtin scope=local id=$(docker network inspect -f '{{.Id}}' n2); do echo "$f: $(docker network ls --filter $f --format '{{.Name}}' | sort | tr '\\n' ' ')"; done | sed 's/[0-9a-f]\\{64\\}/<id>/'`,
    },
    {
      id: 'ls-filter-bad',
      is: 'a filter that is none',
      see: 'try docker network ls --filter nosuch=1; try docker network ls --filter type=nosuch',
    },
    {
      id: 'inspect',
      is: 'inspect',
      see: `docker network inspect n1 | sed -e 's/[0-9a-f]\\{64\\}/<id>/' -e 's/"Created": ".*"/"Created": "<time>"/'`,
      difference: 'network-inspect',
    },
    {
      id: 'inspect-internal',
      is: 'inspect of an internal one',
      see: `docker network inspect -f '{{.Internal}} {{.Attachable}} {{.Scope}} {{.Driver}} {{.EnableIPv6}} {{json .Options}} {{json .Containers}} {{json .Labels}}' n2`,
    },
    {
      id: 'inspect-builtin',
      is: 'inspect of the predefined ones',
      see: `for n in host none; do docker network inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{json .IPAM}} {{json .Options}}' $n; done`,
    },
    {
      id: 'inspect-bridge',
      is: 'inspect of the default bridge',
      see: `docker network inspect -f '{{.Name}} {{.Driver}} {{json .IPAM.Config}} {{json .Options}}' bridge`,
      difference: 'default-bridge',
    },
    { id: 'inspect-missing', is: 'inspect of none', see: 'try docker network inspect nosuch' },
    {
      id: 'inspect-prefix',
      is: 'by the beginning of the id',
      see: `docker network inspect -f '{{.Name}}' $(docker network inspect -f '{{.Id}}' n1 | cut -c1-10)`,
    },
    { id: 'connect-twice', is: 'connect twice', see: 'try docker network connect n1 c1' },
    {
      id: 'connect-missing',
      is: 'connect to a network, and of a container, that are not there',
      see: 'try docker network connect nosuch c1; try docker network connect n1 nosuch',
    },
    {
      id: 'connect-host',
      is: 'connect of a container with the host’s network',
      see: 'try docker network connect n1 hosted',
    },
    {
      id: 'connect-none',
      is: 'connect of a container without a network',
      see: 'try docker network connect n1 lonely',
    },
    { id: 'connect-to-host', is: 'connect to the host network', see: 'try docker network connect host c1' },
    {
      id: 'connect-bridge',
      is: 'connect to the default bridge and disconnect from it',
      see: `try docker network connect bridge c1; inside c1 ip -br -4 address show | awk '{ print $3 }'; try docker network disconnect bridge c1; inside c1 ip -br -4 address show | awk '{ print $3 }'`,
    },
    {
      id: 'connect-alias-bridge',
      is: 'an alias on the default bridge',
      see: 'try docker network connect --alias x bridge c1; docker network disconnect bridge c1 > /dev/null 2>&1',
    },
    {
      id: 'connect-bad-address',
      is: 'connect with an address of somewhere else',
      see: 'try docker network connect --ip 10.99.0.1 n2 c1',
    },
    {
      id: 'connect-taken-address',
      is: 'connect with an address that is the gateway’s',
      see: 'try docker network connect --ip 10.15.2.1 n2 c1',
      difference: 'errors',
    },
    {
      id: 'disconnect-twice',
      is: 'disconnect of one that is not connected',
      see: 'try docker network disconnect n2 c1',
    },
    {
      id: 'disconnect-missing',
      is: 'disconnect of a container that is not there',
      see: 'try docker network disconnect n1 nosuch; try docker network disconnect -f n1 nosuch',
    },
    {
      id: 'disconnect-host',
      is: 'disconnect from the host network',
      see: 'try docker network disconnect host hosted',
    },
    {
      id: 'rm-missing',
      is: 'rm of none',
      see: 'try docker network rm nosuch; try docker network rm -f nosuch',
    },
    {
      id: 'rm-predefined',
      is: 'rm of a predefined one',
      see: 'try docker network rm bridge; try docker network rm host',
    },
    { id: 'rm-used', is: 'rm of one in use', see: 'try docker network rm n1', difference: 'errors' },
    {
      id: 'rm-several',
      is: 'rm of several, one of them missing',
      see: 'docker network create x14 > /dev/null; try docker network rm nosuch x14',
    },
    {
      id: 'rm-stopped',
      is: 'a stopped container does not hold its network, and then does not start',
      see: `docker network create gone > /dev/null; docker create --name orphan --network gone $image true > /dev/null; docker network rm gone; try docker start orphan; docker rm orphan`,
    },
    {
      id: 'prune',
      is: 'prune',
      see: 'docker network create x15 > /dev/null; docker network create --label keep x16 > /dev/null; try docker network prune -f --filter label!=keep | sort; docker network rm x16 n2 2>&1 | sort; docker network create --subnet 10.15.2.0/24 --internal --attachable n2 > /dev/null',
      difference: 'prune-stopped',
    },
    {
      id: 'prune-nothing',
      is: 'prune with nothing to do',
      see: 'docker network prune -f > /dev/null; try docker network prune -f; docker network create --subnet 10.15.2.0/24 --internal --attachable n2 > /dev/null',
    },
    {
      id: 'events',
      is: 'events of networks',
      see: eventsOf(
        `docker network create --subnet 10.15.30.0/24 ev > /dev/null; docker network connect ev c1; docker network disconnect ev c1; docker network rm ev > /dev/null`,
        'network',
      ),
    },
  ],
};

function eventsOf(work: string, type: string): string {
  return `since=$(date +%s.%N); ${work}; docker events --since $since --until $(date +%s.%N) --filter type=${type} --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}' | uniq`;
}
