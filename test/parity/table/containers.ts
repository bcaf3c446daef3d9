import type { Scene } from '../behaviour.ts';

const keys = (template: string) => `docker inspect -f '{{json ${template}}}' c1 | jq -c keys`;

export const containers: Scene = {
  name: 'containers',
  setUp: `
    docker network create --subnet 10.16.1.0/24 n1
    web c1 --network n1 --network-alias shop -p 8400:80
    sleeper own
    docker create --name idle --network n1 $image true`,
  behaviours: [
    {
      id: 'mode-host',
      is: 'the host’s network',
      see: 'docker run --rm --network host $image ip -o link | wc -l | grep -qx "$(ip -o link | wc -l)" && echo the same links',
    },
    {
      id: 'mode-none',
      is: 'no network: lo alone',
      see: 'docker run --rm --network none $image ip -o link | cut -d: -f2',
    },
    {
      id: 'mode-container',
      is: 'the network of another container',
      see: `sleeper j1 --network container:c1; [ "$(readlink /proc/$(pid j1)/ns/net)" = "$(readlink /proc/$(pid c1)/ns/net)" ] && echo the same; docker inspect -f '{{.HostConfig.NetworkMode}} {{json .NetworkSettings.Networks}} {{json .NetworkSettings.Ports}}' j1; docker rm -f j1`,
    },
    {
      id: 'mode-container-hostname',
      is: 'with a host name',
      see: 'try docker run --rm --network container:c1 --hostname x $image true',
    },
    {
      id: 'mode-container-dns',
      is: 'with --dns',
      see: 'try docker run --rm --network container:c1 --dns 192.0.2.1 $image true',
    },
    {
      id: 'mode-container-hosts',
      is: 'with --add-host',
      see: 'try docker run --rm --network container:c1 --add-host a:192.0.2.1 $image true',
    },
    {
      id: 'mode-container-stopped',
      is: 'of a container that does not run',
      see: 'try docker run --rm --network container:idle $image true',
    },
    {
      id: 'mode-container-missing',
      is: 'of a container that is not there',
      see: 'try docker run --rm --network container:nosuch $image true',
    },
    {
      id: 'mode-missing',
      is: 'a network that is not there',
      see: 'try docker run --rm --network nosuch $image true',
    },
    {
      id: 'host-links',
      is: 'links with the host’s network',
      see: 'try docker run --rm --network host --link c1:x $image true',
      isOfClient: true,
    },
    {
      id: 'alias-bridge',
      is: 'an alias on the default bridge',
      see: 'try docker run --rm --network-alias x $image true',
    },
    {
      id: 'name-bad',
      is: 'a name that is none',
      see: "try docker run --name 'a b' $image true; try docker run --name x $image true",
    },
    { id: 'name-taken', is: 'a name that is taken', see: 'try docker run --name c1 $image true' },
    {
      id: 'image-missing',
      is: 'an image that is not there',
      see: 'try docker run --pull never --rm nosuch:1 true',
    },
    {
      id: 'exit-code',
      is: 'the exit code of the command',
      see: 'docker run --rm --network none $image sh -c "exit 7"; echo $?',
    },
    {
      id: 'exit-signal',
      is: 'of one that was killed',
      see: 'docker run --rm --network none $image sh -c "kill -9 \\$\\$"; echo $?',
    },
    {
      id: 'exit-not-found',
      is: 'of one that is not there',
      see: 'docker run --rm --network none $image nosuch > /dev/null 2>&1; echo $?',
    },
    {
      id: 'exit-not-executable',
      is: 'of one that can not be run',
      see: 'docker run --rm --network none $image /etc/passwd > /dev/null 2>&1; echo $?',
    },
    {
      id: 'exit-exec',
      is: 'of exec',
      see: 'docker exec c1 sh -c "exit 9"; echo $?; try docker exec idle true | sed "s/$(id idle)[0-9a-f]*/<id>/"',
    },
    {
      id: 'exit-exec-missing',
      is: 'of exec of a command that is not there',
      see: 'docker exec c1 nosuch > /dev/null 2>&1; echo $?',
      difference: 'exec-missing',
    },
    { id: 'inspect-settings', is: 'keys of NetworkSettings', see: keys('.NetworkSettings') },
    {
      id: 'inspect-endpoint',
      is: 'keys of an endpoint',
      see: keys('.NetworkSettings.Networks.n1'),
      isOfClient: true,
    },
    {
      id: 'inspect-endpoint-values',
      is: 'values of an endpoint',
      see: `docker inspect -f '{{with .NetworkSettings.Networks.n1}}{{.Gateway}} {{.IPAddress}} {{.IPPrefixLen}} {{.IPv6Gateway}} {{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}} {{json .Links}} {{json .Aliases}} {{json .IPAMConfig}} {{json .DriverOpts}}{{end}}' c1`,
    },
    {
      id: 'inspect-bridge-settings',
      is: 'on the default bridge the old fields are filled too',
      see: `docker inspect -f '{{with .NetworkSettings}}{{.Gateway}} {{.IPAddress}} {{.IPPrefixLen}} {{.MacAddress}} {{.Bridge}}{{end}} {{.HostConfig.NetworkMode}}' own`,
    },
    {
      id: 'inspect-idle',
      is: 'of a container that never ran',
      see: `docker inspect -f '{{with .NetworkSettings.Networks.n1}}[{{.IPAddress}}] {{json .Aliases}} {{json .Links}}{{end}} {{json .NetworkSettings.Ports}} {{.NetworkSettings.SandboxID}}' idle`,
    },
    {
      id: 'inspect-host',
      is: 'of one with the host’s network',
      see: `sleeper h1 --network host; docker inspect -f '{{json (index .NetworkSettings.Networks "host").IPAddress}} {{.HostConfig.NetworkMode}} {{json .NetworkSettings.Ports}} {{.Config.Hostname}}' h1 | sed "s/$(hostname)/<host>/"; docker rm -f h1`,
    },
    { id: 'inspect-config', is: 'keys of Config', see: keys('.Config') },
    { id: 'inspect-hostconfig', is: 'keys of HostConfig', see: keys('.HostConfig') },
    { id: 'inspect-state', is: 'keys of State', see: keys('.State') },
    { id: 'inspect-top', is: 'keys of a container', see: `docker inspect c1 | jq -c '.[0] | keys'` },
    {
      id: 'ps-networks',
      is: 'networks in ps',
      see: `docker ps -a --format '{{.Names}} {{.Networks}}' | sort`,
    },
    {
      id: 'ps-filter',
      is: 'ps by network and by published port',
      see: `docker ps --filter network=n1 --format '{{.Names}}'; docker ps --filter publish=8400 --format '{{.Names}}'; docker ps --filter expose=53/udp --format '{{.Names}}' | sort`,
    },
    {
      id: 'events-run',
      is: 'events of a run',
      see: events('docker run --rm --name e1 --network n1 $image true'),
    },
    {
      id: 'events-stop',
      is: 'events of stop, start, restart',
      see: `sleeper e2 --network n1; ${events('docker stop -t 0 e2; docker start e2; docker restart -t 0 e2')} | grep -v -e die -e stop; docker rm -f e2`,
    },
    { id: 'events-rm', is: 'events of rm -f', see: `sleeper e3 --network n1; ${events('docker rm -f e3')}` },
    {
      id: 'events-kill',
      is: 'events of kill and exec',
      see: `sleeper e4 --network n1; ${events('docker exec e4 true; docker kill e4; docker wait e4')}; docker rm -f e4`,
    },
  ],
};

function events(work: string): string {
  return `since=$(date +%s.%N); { ${work}; } > /dev/null; docker events --since $since --until $(date +%s.%N) --format '{{.Type}} {{.Action}}{{with .Actor.Attributes.exitCode}} {{.}}{{end}}{{with .Actor.Attributes.signal}} signal {{.}}{{end}}' | uniq`;
}
