# Sourced by scripts/machine.sh: root file systems out of Debian packages, for images that tests build.

# take_debian_trees FOLDER : writes FOLDER/{base,redis,nginx,postgres}.tar, the files of these programs and of what they need, none
# of which is installed here. One Debian for every machine, so that the tests meet the same versions.
take_debian_trees() {
  local folder=$1 place tree
  [ ! -e "$folder/.complete" ] || return 0
  say 'Taking redis, nginx and postgres out of Debian 12: what a stack of real servers is made of'
  trees_keyring
  place=$(mktemp -d)
  mkdir -p "$folder" "$place/lists/partial" "$place/cache/archives/partial"
  : >"$place/status"
  echo "deb [signed-by=$trees_keys] http://deb.debian.org/debian bookworm main" >"$place/sources"
  trees_apt update || fail 'no lists of Debian 12'
  trees_closure base-files base-passwd bash coreutils dash findutils grep hostname libc-bin passwd sed util-linux >"$place/base"
  trees_closure redis-server | comm -13 "$place/base" - >"$place/redis"
  trees_closure nginx | comm -13 "$place/base" - >"$place/nginx"
  trees_closure postgresql-15 | comm -13 "$place/base" - >"$place/postgres"
  mkdir "$place/packages"
  # shellcheck disable=SC2046
  (cd "$place/packages" && trees_apt download $(cat "$place"/{base,redis,nginx,postgres} | sort -u)) ||
    fail 'no packages of Debian 12'
  for tree in base redis nginx postgres; do write_tree "$tree" "$place" "$folder/$tree.tar"; done
  : >"$folder/.complete"
  rm -rf "$place"
}

trees_keys=/usr/share/keyrings/debian-archive-keyring.gpg

trees_keyring() {
  [ ! -e "$trees_keys" ] || return 0
  update_package_lists
  apt-get install -y -qq --no-install-recommends debian-archive-keyring >/dev/null
}

# apt-get with lists of its own, as if nothing were installed. Needs $place.
trees_apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$place/sources" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$place/lists" \
    -o Dir::State::status="$place/status" -o Dir::Cache="$place/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o APT::Install-Recommends=false "$@" >"$place/said" && cat "$place/said"
}

# What only installing, translating, or compiling queries needs.
trees_without='adduser|cron|debconf|dpkg|gcc-12|init-system|iproute2|libatm|libbpf|libc-l10n|libcap2-bin|libdb5|libelf|libfile-find|'
trees_without+='libgdbm|libjson-perl|libllvm|libmnl|libnumber-compare|libpam-modules|libperl|libtext-glob|libxtables|libz3-|locales|'
trees_without+='login|logrotate|lsb-base|netbase|openssl$|perl|postgresql-client-common|postgresql-common|sensible|ssl-cert|sysvinit|'
trees_without+='tar$|ucf|usrmerge'

# trees_closure PACKAGE… : the packages and what they need, by name, sorted.
trees_closure() {
  trees_apt install -y --print-uris "$@" | awk '{ print $2 }' | sed 's/_.*//' | grep -Ev "^($trees_without)" | LC_ALL=C sort
}

# write_tree NAME PLACE TAR : what the packages of a list hold, with /bin, /lib and /sbin below /usr, and without texts for people.
write_tree() {
  local root=$2/$1.root name package
  mkdir -p "$root"/usr/{bin,lib,lib64,sbin}
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$root/$name"; done
  while read -r name; do
    package=$(echo "$2/packages/${name}"_*.deb)
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --exclude='./usr/lib/postgresql/*/lib/bitcode' \
      --exclude='*llvmjit*' --exclude='./usr/share/'{bug,doc,info,lintian,locale,man}
  done <"$2/$1"
  # The links are the base's.
  [ "$1" = base ] || rm "$root"/{bin,lib,lib64,sbin}
  tar -C "$root" -cf "$3" .
  rm -rf "$root"
}
