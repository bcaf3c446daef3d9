// Berth. The engine is not running when `up -d` is timed: its start is part of the price.
import { image } from './stack.js';

export const berth = {
  name: 'berth',
  missing: () => undefined,
  async prepare(host, { rootfs }) {
    await host.berth(['image', 'import', rootfs, image]);
    await host.berth('engine stop');
    return { folder: host.folder };
  },
  up: ['berth', '-p', 'bench', 'up', '-d'],
  down: ['berth', '-p', 'bench', 'down'],
};
