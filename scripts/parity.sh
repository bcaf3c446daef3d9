#!/usr/bin/env bash
# npm run test:parity [-- SCENE|BEHAVIOUR…]: installs what the table needs, takes dockerd out of its Debian package without
# installing it, builds Berth, and compares the two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/machine.sh

need_root
need_node
need_kernel
need_own_root "$@"
need_programs conmon crun runc iptables ip conntrack ps dig socat jq wget ping
build_berth
take_program busybox-static bin/busybox 'the root file system of small images'
# Debian 13's: the engine whose API has the version that Berth speaks. Its programs run on Debian 12 too.
export PARITY_DOCKER=${PARITY_DOCKER:-$tools/docker-26}
take_programs "$PARITY_DOCKER" trixie docker.io docker-cli containerd

node scripts/parity.js "$@"
