import type { Behaviour, Scene } from '../behaviour.ts';

/** What a process of a container sees, as lines `what: …`. Runs inside, by the shell of the image. */
const look = String.raw`
awk '/^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Seccomp_filters|Cap...|SigBlk|SigIgn|Umask|CoreDumping|THP_enabled|Speculation.*):/ { $1 = $1; print "status " $0 }' /proc/1/status
awk '{ sep = 7; while ($sep != "-") sep++; kind = $(sep + 1); target = $5; options = $6; shared = ""; for (n = 7; n < sep; n++) { word = $n; sub(/:.*/, "", word); shared = shared " " word }
  if (target ~ "^/proc/(interrupts|keys|timer_list)$") next
  sub(/(docker|berth)-init/, "init", target)
  if (target ~ "^/etc/|^/proc/|^/sys/(firmware|devices)") { kind = "-"; options = substr(options, 1, 2) }
  if (target ~ "^(/|/etc/.*|/named|/data|/v)$") shared = ""
  super = kind ~ /^(tmpfs|devpts)$/ && target !~ "^/sys" ? $(sep + 3) : ""
  print "mount " target " " kind " " options " " super shared }' /proc/self/mountinfo | sort -u
ls -ln /dev | awk 'NR > 1 { $2 = ""; link = $(NF - 1) == "->" ? " -> " $NF : ""; owner = $NF == "null" ? "" : $3 " " $4; if ($0 !~ /core ->/) print "dev " $1 " " owner " " ($1 ~ /^[bc]/ ? $5 $6 " " $10 : ($1 ~ /^l/ ? $9 : $9)) link }' | sort -k 5
env | sort | sed 's/^/env /'
awk 'NR > 1 { $1 = $1; print "limit " $0 }' /proc/1/limits
sed -n 's/^[1-9][0-9]*:/cgroup /p' /proc/self/cgroup | sort
for n in cgroup ipc mnt net pid user uts; do echo "namespace $n $(readlink /proc/1/ns/$n)"; done
for n in kernel/hostname kernel/domainname kernel/shmmax kernel/shmall kernel/shmmni kernel/msgmax kernel/msgmnb kernel/sem net/core/somaxconn net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range net/ipv4/ip_forward net/ipv6/conf/all/disable_ipv6 net/ipv6/conf/default/disable_ipv6 net/ipv6/conf/lo/disable_ipv6 net/ipv4/conf/all/rp_filter net/ipv6/conf/all/forwarding net/ipv4/ip_local_port_range fs/mqueue/msg_max; do echo "sysctl $n $(tr '\t' ' ' < /proc/sys/$n 2>&1)"; done
echo "oom_score_adj $(cat /proc/1/oom_score_adj)"
echo "coredump_filter $(cat /proc/1/coredump_filter)"
echo "timerslack $(cat /proc/1/timerslack_ns 2>&1)"
echo "first $(tr '\0' ' ' < /proc/1/cmdline | head -n 1 | sed 's/^.sbin.[a-z]*-init/<init>/' | cut -c1-20)"
echo "sessions $(awk '{ print $7 }' /proc/self/stat)"
echo "nice $(awk '{ print $18, $19, $40, $41 }' /proc/1/stat)"
echo "cwd $(pwd) $(ls -ldn . | cut -c1-10)"
for n in 0 1 2 3 4 5 6; do [ ! -e /proc/1/fd/$n ] || echo "open $n $(readlink /proc/1/fd/$n | sed 's/[0-9]\{4,\}/<number>/')"; done
for n in / /dev /dev/shm /dev/pts /dev/mqueue /proc /sys /tmp /etc/hosts /etc/hostname /etc/resolv.conf; do echo "owner $n $(stat -c '%a %u:%g %h' $n 2>&1 | sed 's/ [0-9]*$//')"; done
for n in /sys/fs/cgroup/*/; do echo "controller $n $(ls $n | wc -l | sed 's/^0$/empty/;t;s/.*/full/')"; done
for n in memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.swappiness memory/memory.oom_control memory/memory.kmem.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.shares cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max blkio/blkio.weight devices/devices.list blkio/blkio.throttle.read_bps_device freezer/freezer.state; do echo "$(cat /sys/fs/cgroup/$n 2>&1 | sort | sed "s,^,limit $n ,")"; done
for n in /proc/kcore /proc/keys /proc/timer_list /proc/latency_stats /proc/sched_debug /proc/scsi /proc/acpi /proc/asound /sys/firmware /sys/devices/virtual/powercap /sys/devices/system/cpu/cpu0/thermal_throttle; do [ -e $n ] && echo "there $n $(ls -ldn $n | awk '{ print $1, $3, $4, $5, $6 }')"; done
for n in /proc/sysrq-trigger /proc/sys/kernel/panic /proc/irq/default_smp_affinity /sys/kernel/profiling /proc/sys/vm/swappiness /sys/block; do [ -w $n ] && echo "may write $n"; done
exit 0
`;

const base = 'plain.txt';

/** The container that `options` makes, seen from inside: everything, of one kind of line. */
function plain(kind: string, is: string, difference?: string): Behaviour {
  return {
    id: `plain-${kind.replace(/\W+/g, '-')}`,
    is,
    see: `grep -E '^${kind} ' ${base}`,
    ...(difference ? { difference } : {}),
  };
}

/** Only what is not as in a plain one. */
function changed(id: string, options: string, is = options): Behaviour {
  return {
    id: `inside-${id}`,
    is,
    see: `. ./functions.sh; seen ${options} > that.txt; diff ${base} that.txt | grep '^[<>]' | sort -k 2`,
  };
}

/** All that `docker inspect` says about what was asked for. */
function inspected(id: string, options: string): Behaviour {
  return {
    id: `asked-${id}`,
    is: `what inspect says of ${options === '' ? 'no options at all' : options}`,
    see: `docker create --name asked ${options} $image true > /dev/null; docker inspect asked | jq -S '.[0] | {HostConfig, Config, Mounts: (.Mounts | sort_by(.Destination)), Path, Args, Driver, Platform, AppArmorProfile, ProcessLabel, MountLabel} | del(.. | select(. == "/proc/interrupts" or . == "label=disable"), .DriverConfig?) | if .HostConfig.SecurityOpt == [] then .HostConfig.SecurityOpt = null else . end' | sed -E 's/"(berth|docker)-default"/"default"/; s,/[^"]*/volumes/,<volumes>/,'; docker rm -v asked > /dev/null`,
  };
}

export const insides: Scene = {
  name: 'insides',
  setUp: `
    cat > look.sh <<'END'
${look}
END
    cat > functions.sh <<'END'
namespaces() { for n in cgroup ipc mnt net pid user uts; do echo "s,$(readlink /proc/self/ns/$n),of the machine,"; done; [ -z "$donor" ] || for n in cgroup ipc mnt net pid user uts; do echo "s,$(readlink /proc/$donor/ns/$n),of the donor,"; done; echo 's,[a-z]*:\\[[0-9]*\\],its own,'; }
seen() { docker run --rm --hostname box "$@" $image sh -c "$(cat look.sh)" 2>&1 | sed -f <(namespaces) | sed -E 's/[0-9a-f]{64}/<id>/g; s/([= ])[0-9a-f]{12}$/\\1<short id>/; s,/berth-[0-9a-f]*/,/<parent>/,; s,berth-e2e-[^ ]*,<host>,'; }
END
    . ./functions.sh
    sleeper donor --ipc shareable
    donor=$(pid donor)
    declare -p donor >> functions.sh
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' > seccomp.json
    seen > ${base}`,
  behaviours: [
    plain('status', 'ids, capabilities, filters and signals of process 1'),
    plain('mount', 'mounts, with kinds and options; masked and read-only paths'),
    plain('dev', 'devices'),
    plain('env', 'environment'),
    plain('limit', 'limits of process 1, and of its cgroup'),
    plain('(cgroup|controller)', 'cgroups'),
    plain('namespace', 'namespaces'),
    plain('sysctl', 'settings of the kernel'),
    plain('(oom_score_adj|coredump_filter|timerslack|first|sessions|nice|cwd|open)', 'process 1'),
    plain('(owner|there|may)', 'owners; hidden and read-only paths'),
    {
      id: 'inside-interrupts',
      is: 'what happens on the machine’s devices is hidden',
      see: `docker run --rm $image sh -c '[ -f /proc/interrupts ] || echo hidden'`,
      difference: 'masked',
    },
    {
      id: 'inside-init',
      is: '--init',
      see: `docker run --rm --init $image sh -c 'ps -o pid,args | head -n 2 | sed "s,.*-init -- sh.*,init,"; sh -c "sh -c \\"exit 3\\" &"; kill -9 1; echo alive'`,
    },
    changed('privileged', '--privileged'),
    changed('read-only', '--read-only'),
    changed('tmpfs', '--tmpfs /t --tmpfs /u:size=1m,mode=700,uid=33,exec --tmpfs /w:ro,noexec,size=10%'),
    changed(
      'mount-tmpfs',
      '--mount type=tmpfs,target=/t --mount type=tmpfs,target=/u,tmpfs-size=2m,tmpfs-mode=1750',
    ),
    changed('shm', '--shm-size 3m'),
    changed('cap-add', '--cap-add SYS_ADMIN --cap-add net_raw --cap-drop CHOWN'),
    changed('cap-all', '--cap-add ALL --cap-drop SYS_MODULE'),
    changed('cap-none', '--cap-drop ALL --cap-add KILL'),
    changed('user', '-u nobody'),
    changed('user-group', '-u 33:12'),
    changed('user-number', '-u 4000'),
    changed('user-caps', '-u 33 --cap-add NET_ADMIN'),
    changed('user-privileged', '-u 33 --privileged'),
    changed('group-add', '--group-add www-data --group-add 4321'),
    changed('no-new-privileges', '--security-opt no-new-privileges'),
    changed('seccomp-unconfined', '--security-opt seccomp=unconfined'),
    changed('systempaths', '--security-opt systempaths=unconfined'),
    changed('seccomp-file', '--security-opt seccomp=seccomp.json'),
    changed('ulimit', '--ulimit nofile=100:200 --ulimit core=0 --ulimit nproc=50 --ulimit stack=1000000'),
    changed(
      'sysctl',
      '--sysctl net.core.somaxconn=77 --sysctl kernel.msgmax=4096 --sysctl net.ipv4.ip_forward=0 --sysctl net.ipv6.conf.all.disable_ipv6=0',
    ),
    changed('ipc-host', '--ipc host'),
    changed('ipc-none', '--ipc none'),
    changed('ipc-shareable', '--ipc shareable'),
    changed('ipc-private', '--ipc private'),
    changed('ipc-joined', '--ipc container:donor'),
    changed('pid-host', '--pid host'),
    changed('pid-joined', '--pid container:donor'),
    changed('uts-host', '--uts host --hostname ""'),
    changed('cgroupns-host', '--cgroupns host'),
    changed('cgroupns-private', '--cgroupns private'),
    changed('userns-host', '--userns host'),
    changed('network-host', '--network host'),
    changed('network-none', '--network none'),
    changed('network-joined', '--network container:donor --hostname ""'),
    changed('device', '--device /dev/null:/dev/mine:r --device /dev/zero'),
    changed('device-rule', '--device-cgroup-rule "c 10:229 rwm"'),
    changed('oom', '--oom-score-adj 300'),
    changed('oom-kill-disable', '--oom-kill-disable -m 50m'),
    changed('interactive', '-i'),
    changed('workdir', '-w /made/here'),
    changed('domain', '--hostname a.example --domainname example.test'),
    changed('memory', '--memory 50m --memory-reservation 20m --memory-swappiness 7'),
    changed('cpus', '--cpus 0.5 --cpu-shares 200 --cpuset-cpus 0 --cpuset-mems 0'),
    changed('cpu-quota', '--cpu-quota 20000 --cpu-period 50000'),
    changed('pids', '--pids-limit 60'),
    changed('pids-unlimited', '--pids-limit -1'),
    changed('env', '-e A=1 -e HOME=/x -e TERM=vt'),
    changed('volume', '-v /data -v /etc:/here:ro -v named:/named'),
    changed(
      'mounts',
      '--mount type=bind,src=/etc,dst=/b,readonly --mount type=bind,src=/etc,dst=/c,bind-propagation=private --mount type=volume,dst=/v,volume-nocopy --mount type=bind,src=/etc,dst=/d,bind-recursive=disabled',
    ),
    changed('read-only-tmpfs', '--read-only --tmpfs /tmp -v /data'),
    changed('privileged-read-only', '--privileged --read-only --network none'),
    changed('stop', '--stop-signal INT --stop-timeout 3'),
    changed('cgroup-parent', '--cgroup-parent /given'),
    changed('exec-flags', '--tmpfs /t:exec,suid --tmpfs /u:dev,mode=1777'),
    inspected('plain', ''),
    inspected(
      'security',
      '--privileged --cap-add NET_ADMIN --cap-drop chown --security-opt no-new-privileges --security-opt seccomp=unconfined --read-only --init --group-add 5 --userns host --oom-score-adj 5',
    ),
    inspected(
      'resources',
      '--memory 50m --memory-reservation 20m --cpus 0.5 --cpu-shares 200 --cpuset-cpus 0 --pids-limit 60 --ulimit nofile=100:200 --shm-size 3m --device /dev/null:/dev/mine:r --device-cgroup-rule "c 10:229 rwm" --device-read-bps /dev/vda:1mb --kernel-memory 0',
    ),
    inspected('namespaces', '--ipc shareable --pid host --uts host --cgroupns private --network none'),
    inspected(
      'storage',
      '--tmpfs /t:size=1m -v /data -v /etc:/here:ro -v named:/named:nocopy --mount type=tmpfs,target=/u,tmpfs-size=2m,tmpfs-mode=700 --mount type=bind,src=/etc,dst=/d,bind-propagation=rslave,bind-recursive=disabled --mount type=volume,dst=/v,volume-label=a=b --volumes-from donor:ro',
    ),
    inspected(
      'process',
      '-i -t -u 33:12 -w /w -h box --domainname example.test -e A=1 -e B --label l=m --entrypoint cat --stop-signal INT --stop-timeout 3 --restart on-failure:2 --expose 77 -p 8123:77/udp -P --annotation x=y --sysctl net.core.somaxconn=77',
    ),
    inspected(
      'network',
      '--dns 192.0.2.1 --dns-search a.test --dns-option ndots:2 --add-host a:192.0.2.2 --link donor:it --mac-address 02:42:00:00:00:77',
    ),
    inspected(
      'health',
      '--health-cmd true --health-interval 3s --health-retries 2 --health-timeout 4s --health-start-period 5s --log-driver local --log-opt max-size=1m --runtime runc --rm',
    ),
  ],
};
