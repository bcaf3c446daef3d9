// dockerd with docker-compose 1.29, the one that Debian packages. The daemon runs when `up -d` is timed.
import { hasPrograms, waitFor } from './peer.js';
import { image } from './stack.js';

export const docker = {
  name: 'docker-compose',
  missing: () => hasPrograms('dockerd', 'containerd', 'docker', 'docker-compose'),
  async prepare(host, { rootfs }) {
    const env = { DOCKER_HOST: 'unix:///run/docker.sock' };
    await host.run(
      `nohup dockerd -H $DOCKER_HOST --data-root ${host.folder}/docker --exec-root /run/docker --pidfile /run/docker.pid \
        --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /${host.owner} \
        > ${host.folder}/dockerd.log 2>&1 & disown`,
      { env },
    );
    await waitFor(
      () => host.run('docker version', { env }),
      `dockerd did not start: see ${host.folder}/dockerd.log`,
    );
    await host.run(['docker', 'import', rootfs, image], { env });
    return { env };
  },
  up: ['docker-compose', '-p', 'bench', 'up', '-d'],
  down: ['docker-compose', '-p', 'bench', 'down', '-t', '0'],
};
