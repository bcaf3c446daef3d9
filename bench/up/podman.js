// podman with podman-compose. No daemon: everything it needs to know stands in files of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hasPrograms } from './peer.js';
import { image } from './stack.js';

export const podman = {
  name: 'podman-compose',
  missing: () => hasPrograms('podman', 'podman-compose', 'conmon', 'crun', '/usr/lib/podman/netavark'),
  async prepare(host, { rootfs }) {
    const folder = `${host.folder}/podman`;
    mkdirSync(folder);
    writeFileSync(`${folder}/storage.conf`, storageConf(folder));
    writeFileSync(`${folder}/containers.conf`, containersConf(host, folder));
    const env = {
      CONTAINERS_STORAGE_CONF: `${folder}/storage.conf`,
      CONTAINERS_CONF: `${folder}/containers.conf`,
    };
    // crun refuses a machine whose version 2 hierarchy has controllers beside version 1; here it is out of sight.
    await host.run('umount /sys/fs/cgroup/unified 2>/dev/null || true');
    await host.run(['podman', 'import', '-q', rootfs, image], { env });
    return { env };
  },
  up: ['podman-compose', '-p', 'bench', 'up', '-d'],
  down: ['podman-compose', '-p', 'bench', 'down', '-t', '0'],
  /** Its control groups lie outside the host's own. */
  cleanUp: () =>
    spawnSync('find', [
      '/sys/fs/cgroup',
      '-depth',
      '-type',
      'd',
      '-path',
      '*/libpod_parent*',
      '-exec',
      'rmdir',
      '{}',
      '+',
    ]),
};

function storageConf(folder) {
  return `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "/run/podman-storage"
`;
}

/** The limits are podman's defaults, made low enough for a root without CAP_SYS_RESOURCE. */
function containersConf(host, folder) {
  return `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
cgroups = "enabled"
log_driver = "k8s-file"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
tmp_dir = "/run/libpod"
static_dir = "${folder}/libpod"
volume_path = "${folder}/volumes"
`;
}
