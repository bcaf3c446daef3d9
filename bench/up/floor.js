// The floor: what bringing this stack up costs when nothing is decided, checked, recorded or resolved. A bash script with
// one `ip -batch`, one `iptables-restore`, an overlay mount a service, and conmon with the runtime two at a time. Bundle,
// seccomp filter and monitor options are those of a container that Berth made on this machine.
import { writeFileSync } from 'node:fs';
import { composeFile, image, publishedPort } from './stack.js';

export const floor = {
  name: 'floor',
  missing: () => undefined,
  async prepare(host, { rootfs, count }) {
    const sample = await sampleOf(host, rootfs);
    writeFileSync(`${host.folder}/links`, linkCommands(count));
    writeFileSync(`${host.folder}/rules`, ruleCommands(count));
    writeFileSync(`${host.folder}/bundle.json`, sample.config);
    writeFileSync(`${host.folder}/up.sh`, upScript({ count, sample, folder: host.folder }));
    writeFileSync(`${host.folder}/down.sh`, downScript({ count, sample }));
    if (sample.hideUnified) await host.run('umount /sys/fs/cgroup/unified 2>/dev/null || true');
    return {};
  },
  up: ['bash', 'up.sh'],
  down: ['bash', 'down.sh'],
};

/** Brings one service up with Berth and reads how it is run. */
async function sampleOf(host, rootfs) {
  await host.berth(['image', 'import', rootfs, image]);
  const file = `${host.folder}/sample.yaml`;
  writeFileSync(file, composeFile(1));
  await host.berth(['-f', file, '-p', 'sample', 'up', '-d']);
  const { stdout } = await host.run(`
    bundle=$(ls -d ${host.runRoot}/containers/*/bundle)
    conmon=$(pgrep -x conmon)
    child=$(pgrep -P $conmon)
    tr '\\0' '\t' < /proc/$conmon/cmdline; echo
    grep -o 'lowerdir=[^,]*' /proc/$child/mountinfo | head -1
    [ -e /proc/$conmon/root/sys/fs/cgroup/unified/cgroup.procs ] && echo shown || echo hidden
    cat $bundle/config.json`);
  const [argv, lower, unified, ...config] = stdout.split('\n');
  await host.berth(['-f', file, '-p', 'sample', 'down']);
  await host.berth('engine stop');
  const words = argv.split('\t').filter(Boolean);
  const id = words[words.indexOf('--cid') + 1];
  const here = (text) =>
    text.replaceAll(id, '@ID@').replaceAll(id.slice(0, 12), '@SHORT@').replaceAll(host.runRoot, '/run/floor');
  return {
    config: here(config.join('\n')),
    monitor: here(words.join(' ')).replace(/--log-path \S+/, `--log-path k8s-file:${host.folder}/@ID@.log`),
    runtime: `${words[words.indexOf('--runtime') + 1]} ${runtimeArgs(words).join(' ')}`.replaceAll(
      host.runRoot,
      '/run/floor',
    ),
    lower: lower.slice('lowerdir='.length),
    hideUnified: unified === 'hidden',
  };
}

function runtimeArgs(words) {
  return words.flatMap((word, index) => (words[index - 1] === '--runtime-arg' ? [word] : []));
}

function linkCommands(count) {
  const bridges = ['a', 'b'].flatMap((name, index) => [
    `link add br-${name} type bridge`,
    `address add 172.${30 + index}.0.1/16 dev br-${name}`,
    `link set br-${name} up`,
  ]);
  const services = Array.from({ length: count }, (_, index) => [
    `netns add f${index}`,
    ...networksOf(index).flatMap((name, eth) => [
      `link add v${name}${index} type veth peer name eth${eth} netns f${index}`,
      `link set v${name}${index} master br-${name} up`,
    ]),
  ]);
  return [...bridges, ...services.flat(), ''].join('\n');
}

function networksOf(index) {
  return index % 2 === 1 ? ['a', 'b'] : ['a'];
}

/** The address of a service on network number `eth`. */
function addressOf(index, eth) {
  return `172.${30 + eth}.${1 + Math.floor(index / 250)}.${(index % 250) + 2}`;
}

function ruleCommands(count) {
  const published = Array.from({ length: count }, (_, index) => index).filter((index) => index % 5 === 0);
  return [
    '*nat',
    ...['a', 'b'].map(
      (name, index) => `-A POSTROUTING -s 172.${30 + index}.0.0/16 ! -o br-${name} -j MASQUERADE`,
    ),
    ...published.map(
      (index) =>
        `-A PREROUTING -p tcp --dport ${publishedPort(index)} -j DNAT --to-destination ${addressOf(index, 0)}:80`,
    ),
    'COMMIT',
    '*filter',
    ...['a', 'b'].flatMap((name) => [
      `-A FORWARD -o br-${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A FORWARD -i br-${name} ! -o br-${name} -j ACCEPT`,
    ]),
    ...published.map(
      (index) => `-A FORWARD -d ${addressOf(index, 0)} ! -i br-a -o br-a -p tcp --dport 80 -j ACCEPT`,
    ),
    'COMMIT',
    '',
  ].join('\n');
}

/** Reading conmon's report, rather than waiting for its end, is what the engine does too. */
function upScript({ count, sample, folder }) {
  return `set -eu
mkdir -p /run/floor/runtime /run/floor/exits
echo 1 > /proc/sys/net/ipv4/ip_forward
ip -batch ${folder}/links
iptables-restore --noflush -w < ${folder}/rules
template=$(< ${folder}/bundle.json)
one() {
  local n=$1 id short config place run=/run/floor/containers addresses
  printf -v short '%012x' $n
  printf -v id '%s%052x' $short 0
  run=$run/$id
  mkdir -p $run/bundle $run/rootfs ${folder}/upper/$n ${folder}/work/$n
  for file in hosts hostname resolv.conf; do echo "127.0.0.1 localhost" > $run/$file; done
  addresses="link set lo up
address add 172.30.$((1 + n / 250)).$((n % 250 + 2))/16 dev eth0
link set eth0 up
route add default via 172.30.0.1"
  (( n % 2 )) && addresses+="
address add 172.31.$((1 + n / 250)).$((n % 250 + 2))/16 dev eth1
link set eth1 up"
  ip -n f$n -batch - <<< "$addresses"
  config=\${template//@ID@/$id}
  place=/run/floor/netns/@SHORT@
  config=\${config//$place//run/netns/f$n}
  config=\${config//@SHORT@/$short}
  printf '%s' "$config" > $run/bundle/config.json
  mount -t overlay overlay -o lowerdir=${sample.lower},upperdir=${folder}/upper/$n,workdir=${folder}/work/$n ${rootPath(sample)}
  local argv="${sample.monitor}"
  argv=\${argv//@ID@/$id}
  read -r line < <(_OCI_SYNCPIPE=3 $argv 3>&1 > /dev/null 2>> ${folder}/conmon.log < /dev/null)
  case $line in *-*) echo "conmon: $line" >&2; exit 1;; esac
  ${sample.runtime} start $id
}
half() { local n; for ((n = $1; n < ${count}; n += 2)); do one $n; done; }
half 0 & first=$!
half 1 & second=$!
wait $first
wait $second
`;
}

/** Where the bundle wants its root file system, in the words of the script. */
function rootPath(sample) {
  const { path } = JSON.parse(sample.config).root;
  return path.startsWith('/') ? path.replaceAll('@ID@', '$id') : `$run/bundle/${path}`;
}

function downScript({ count, sample }) {
  return `set -eu
half() {
  local n id
  for ((n = $1; n < ${count}; n += 2)); do
    printf -v id '%012x%052x' $n 0
    ${sample.runtime} delete --force $id
  done
}
half 0 & first=$!
half 1 & second=$!
wait $first
wait $second
umount $(awk '$2 ~ "^/run/floor/" { print $2 }' /proc/mounts)
for ((n = 0; n < ${count}; n++)); do echo netns del f$n; done | ip -batch -
printf 'link del br-a\\nlink del br-b\\n' | ip -batch -
printf '*nat\\n-F\\nCOMMIT\\n*filter\\n-F\\nCOMMIT\\n' | iptables-restore --noflush -w
rm -rf /run/floor
`;
}
