// Berth. The engine is not running when `up -d` is timed: its start is part of the price. What is found out about the
// runtime once a boot is known: one service has been up and down before.
import { writeFileSync } from 'node:fs';
import { composeFile, image } from './stack.js';

export const berth = {
  name: 'berth',
  missing: () => undefined,
  async prepare(host, { rootfs }) {
    const file = `${host.folder}/sample.yaml`;
    writeFileSync(file, composeFile(1));
    await host.berth(['image', 'import', rootfs, image]);
    await host.berth(['-f', file, '-p', 'sample', 'up', '-d']);
    await host.berth(['-f', file, '-p', 'sample', 'down']);
    await host.berth('engine stop');
    return {};
  },
  up: ['berth', '-p', 'bench', 'up', '-d'],
  down: ['berth', '-p', 'bench', 'down'],
};
