# Sourced by bin/demo, bin/test and bin/bench: brings a bare Debian or Ubuntu machine to what they need.
# Everything here looks first and acts only on what is missing, so a second run is quick.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Programs taken out of a package without installing it.
tools=$repository/node_modules/.cache/tools
# The same, out of Debian 13.
newer_tools=$tools/13
. "$repository/scripts/debian-trees.sh"

# sbin is missing from root's PATH after a plain `su`; ip and iptables live there.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

need_root() {
  [ "$(id -u)" -eq 0 ] || fail "run it as root:  sudo $0" \
    'It makes network namespaces, bridges, firewall rules and mounts, and takes them all down again.'
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    fail 'Node.js 20.19 or later and npm must be there' 'See https://nodejs.org/en/download'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js 20.19 or later is needed; this is $(node --version)" 'See https://nodejs.org/en/download'
}

# need_programs NAME… : installs the packages of those that are missing.
need_programs() {
  local program row missing=()
  for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "missing: ${missing[*]}" 'This machine has no apt-get: install them, then run this again.'
  say 'Installing Debian packages:'
  local packages=()
  for program in "${missing[@]}"; do
    row=$(package_of "$program")
    packages+=("${row%%|*}")
    printf '  %-16s %s\n' "${row%%|*}" "${row#*|}"
  done
  update_package_lists
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
    fail "apt-get could not install: ${packages[*]}"
}

# Package and purpose of a program.
package_of() {
  case $1 in
    catatonit) echo 'catatonit|the first process of containers that ask for `init`' ;;
    conmon) echo 'conmon|stays with each container: its log, terminal and exit code' ;;
    crun) echo 'crun|starts containers' ;;
    runc) echo 'runc|starts containers, where crun cannot' ;;
    iptables) echo 'iptables|published ports, and networks kept apart' ;;
    ip) echo 'iproute2|network links' ;;
    buildah) echo 'buildah|builds images from Dockerfiles' ;;
    conntrack) echo 'conntrack|shows tests which connections the kernel knows' ;;
    mount) echo 'mount|mounts' ;;
    ps) echo 'procps|lists processes, to show that none is left' ;;
    dig) echo 'bind9-dnsutils|asks the resolver, in the tests' ;;
    socat) echo 'socat|talks TCP and UDP, in the tests' ;;
    jq) echo 'jq|reads JSON, in the tests' ;;
    ping) echo 'iputils-ping|sees who is reached, in the tests' ;;
    openssl) echo 'openssl|certificates of registries, in the tests' ;;
    zstd) echo 'zstd|layers that are compressed with it' ;;
    wget) echo 'wget|fetches pages inside containers, in the tests' ;;
    curl) echo 'curl|asks a web server, in the tests' ;;
    redis-cli) echo 'redis-tools|asks redis, in the tests' ;;
    psql) echo 'postgresql-client|asks postgres, in the tests' ;;
    wrk) echo 'wrk|asks published ports, in the benchmarks' ;;
    iperf3) echo 'iperf3|measures published ports, in the benchmarks' ;;
    dockerd) echo 'docker.io|the first peer' ;;
    docker-compose) echo 'docker-compose|Docker Compose 1, a client and a peer' ;;
    podman) echo 'podman|the second peer' ;;
    podman-compose) echo 'podman-compose|the second peer' ;;
    /usr/lib/podman/netavark) echo 'netavark|networks of the second peer' ;;
    /usr/lib/podman/aardvark-dns) echo 'aardvark-dns|names of the second peer' ;;
    *) echo "$1|" ;;
  esac
}

update_package_lists() {
  [ -z "${lists_updated:-}" ] || return 0
  apt-get update -qq || fail 'apt-get update failed' 'Is this machine online?'
  lists_updated=1
}

# take_program PACKAGE PATH WHY : one file out of a Debian package, which is not installed.
take_program() {
  local name place
  name=$(basename "$2")
  if [ ! -x "$tools/$name" ]; then
    say "Taking $name out of the Debian package $1: $3"
    update_package_lists
    place=$(mktemp -d)
    (cd "$place" && apt-get -o APT::Sandbox::User=root download -qq "$1" >/dev/null && dpkg -x ./*.deb .) || fail "no package $1"
    mkdir -p "$tools"
    cp -L "$place/$2" "$tools/$name"
    rm -rf "$place"
  fi
  PATH=$tools:$PATH
}

# take_programs FOLDER SUITE PACKAGE… : the programs of Debian packages of another suite, none of which is installed.
take_programs() {
  local folder=$1 suite=$2 place options
  shift 2
  [ ! -x "$folder/.complete" ] || return 0
  say "Taking $* out of Debian $suite"
  place=$(mktemp -d)
  mkdir -p "$place/lists/partial" "$place/cache/archives/partial" "$place/root" "$folder"
  : > "$place/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian %s main\n' "$suite" \
    > "$place/sources.list"
  options=(-o Dir::Etc::sourcelist="$place/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$place/lists"
    -o Dir::State::status="$place/status" -o Dir::Cache="$place/cache" -o APT::Sandbox::User=root)
  (
    cd "$place" &&
      apt-get "${options[@]}" update -qq &&
      apt-get "${options[@]}" download -qq "$@" > /dev/null &&
      for package in ./*.deb; do dpkg -x "$package" root; done
  ) || fail "no packages $* in Debian $suite"
  cp -L "$place"/root/usr/bin/* "$place"/root/usr/sbin/* "$folder" 2>/dev/null || true
  install -m 755 /dev/null "$folder/.complete"
  rm -rf "$place"
}

# take_newer_program PACKAGE PATH NAME WHY : one file out of a package of Debian 13, whose lists are kept apart from the machine's.
take_newer_program() {
  local lists keys=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ ! -x "$newer_tools/$3" ]; then
    say "Taking $3 out of the Debian 13 package $1: $4"
    update_package_lists
    [ -e "$keys" ] || apt-get install -y -qq --no-install-recommends debian-archive-keyring >/dev/null
    lists=$(mktemp -d)
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial" "$newer_tools"
    echo "deb [signed-by=$keys] http://deb.debian.org/debian trixie main" >"$lists/sources"
    (
      cd "$lists"
      newer() {
        apt-get -qq -o Dir::Etc::sourcelist="$lists/sources" -o Dir::Etc::sourceparts=/dev/null \
          -o Dir::State::lists="$lists/lists" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root "$@" >/dev/null
      }
      newer update && newer download "$1" && dpkg -x ./*.deb .
    ) || fail "no package $1 in Debian 13"
    cp -L "$lists/$2" "$newer_tools/$3"
    rm -rf "$lists"
  fi
  PATH=$newer_tools:$PATH
}

need_kernel() {
  [ -e /proc/self/ns/net ] || fail '/proc is not mounted' 'mount -t proc proc /proc'
  unshare --net --mount true 2>/dev/null ||
    fail 'this machine does not let root make network and mount namespaces' \
      'Inside a container? Then it needs CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged).'
  grep -q ' /sys/fs/cgroup' /proc/mounts ||
    fail 'no control groups are mounted at /sys/fs/cgroup' \
      'In a chroot, from outside:  mount --rbind /sys CHROOT/sys'
}

# need_own_root "$@" : in a chroot, goes on in a mount namespace that has it as its root, with the script's arguments.
# A runtime that enters a container's namespaces would otherwise come out at the root of the machine around the chroot.
need_own_root() {
  local root
  # Entering the mount namespace that we are in leads out of a chroot; from there its path is known.
  root=$(nsenter --mount=/proc/self/ns/mnt readlink /proc/$$/root 2>/dev/null) || return 0
  [ "$root" != / ] || return 0
  say "This is a chroot ($root): going on in a mount namespace of which it is the root."
  exec unshare --mount --propagation private nsenter --mount=/proc/self/ns/mnt sh -euc '
    mount --rbind "$1" "$1"
    cd "$1"
    pivot_root . mnt
    cd /
    umount -l /mnt
    shift
    exec "$@"' sh "$root" "$repository/bin/$(basename "$0")" "$@"
}

# npm packages and the bundle. Before programs are taken out of packages: they lie below node_modules, which npm empties.
build_berth() {
  # A link leads to packages that somebody else looks after.
  if [ ! -L node_modules ] && [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    say 'Installing npm packages (package-lock.json)'
    npm ci --no-audit --no-fund --loglevel=error
  fi
  npm run --silent build
}
