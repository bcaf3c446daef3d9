import { busyboxArchive } from '../helpers/busybox-image.ts';
import { neighbourLanAddress } from '../helpers/host.ts';

export const image = 'parity/busybox:1';
/** The archive of that image in a new temporary file. */
export async function parityArchive(): Promise<string> {
  return await busyboxArchive(image, {
    files: { '/var/www/index.html': 'hello\n' },
    exposedPorts: ['80/tcp', '81/tcp', '53/udp'],
  });
}

/** Where the upstream name server writes what it was asked. */
export const questionsLog = 'questions.log';

/**
 * Functions for the bash texts of the table. `inside C …` runs a program of the host in C's network namespace; `ask C …`
 * is dig there, told as status, counts and sorted records; `lan …` runs on the neighbour.
 */
export const prelude = `
image=${image}
lan_server=${neighbourLanAddress}
pid() { docker inspect -f '{{.State.Pid}}' "$1"; }
id() { docker inspect -f '{{.Id}}' "$1" | cut -c1-12; }
addr() { docker inspect -f "{{(index .NetworkSettings.Networks \\"$2\\").IPAddress}}" "$1"; }
inside() { local p; p=$(pid "$1"); shift; nsenter -t "$p" -n "$@"; }
lan() { nsenter --net=/run/netns/lan "$@"; }
bridge_of() { local name; name=$(docker network inspect -f '{{index .Options "com.docker.network.bridge.name"}}' "$1"); echo "\${name:-br-$(docker network inspect -f '{{.Id}}' "$1" | cut -c1-12)}"; }
ask() { local c=$1; shift; inside "$c" dig @127.0.0.11 +tries=1 +time=6 +nocookie "$@" | awk '/->>HEADER/ { print $6 } /flags:/ && /QUERY/ { sub(/^;; /, ""); sub(/ *;.*AUTH.*/, ""); print; } /^[^;]/ && NF { $2 = "ttl"; print | "sort" }'; }
asked() { grep -i "$1" ${questionsLog} | sort -u; }
# A server may still be on its way.
page() { for n in $(seq 8); do wget -qO- --no-hsts --no-proxy --tries=1 --timeout=3 "$1" 2>/dev/null && return; sleep 0.15; done; echo unreachable; }
up() { docker run -d --stop-signal KILL "$@" > /dev/null; }
sleeper() { up --name "$1" "\${@:2}" $image sleep 100000; }
web() { up --name "$1" "\${@:2}" $image httpd -f -p 80 -h /var/www; }
reach() { local c=$1; inside "$c" ping -c1 -W1 -q "$2" > /dev/null 2>&1 && echo reached || echo 'not reached'; }
# Errors as a person sees them, without the client's hint at its help.
try() { local code=0; "$@" > out 2> err || code=$?; cat out; grep -v -e '^See ' -e '^$' -e 'docker run --help' err; [ $code = 0 ] || echo "exit $code"; }
`;
