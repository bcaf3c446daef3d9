import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { berthProgram, privateHost } from '../../helpers/host.ts';

const compose = `
name: menu
services:
  web:
    image: berth/host
    command: ["sh", "-c", "echo web began; exec sleep infinity"]
    init: true
    ports: ["127.0.0.1:8093:80"]
    develop: { watch: [{ path: ./word, action: sync, target: /tmp/word }] }
  shell:
    image: berth/host
    command: ["bash", "--norc", "--noprofile"]
    tty: true
    stdin_open: true
    stop_grace_period: 0s
`;

describe('the keys below the logs of up', () => {
  it('show ports, restart, watch, attach and detach, and the terminal is as before', async () => {
    await using host = await privateHost();
    const cwd = host.folder;
    writeFileSync(`${cwd}/compose.yaml`, compose);
    await host.run('mkfifo keys', { cwd });
    // A terminal whose keys come from a named pipe, which stays open.
    writeFileSync(
      `${cwd}/session.sh`,
      `export TERM=xterm; stty cols 120; stty -a > before; node ${berthProgram} up; echo "code $?"
       stty -a | cmp - before && echo as before`,
    );
    await using terminal = host.start("exec 3<>keys; exec script -qec 'bash session.sh' /dev/null <&3", {
      cwd,
    });
    const press = (keys: string) => host.run(`printf '${keys}' > keys`, { cwd });
    await terminal.saw('stop');
    await press('p');
    await terminal.saw(/http:\/\/localhost:8093[^]*http:\/\/localhost:8093/);
    await press('r');
    await terminal.saw('restart?');
    await press('1');
    await terminal.saw('restart web');
    await terminal.saw(/web began[^]*web began/);
    await press('w');
    await terminal.saw('stop watching');
    writeFileSync(`${cwd}/word`, 'x');
    await terminal.saw('sync web');
    await press('a');
    await terminal.saw('attach to?');
    await press('2');
    await terminal.saw('attached to menu-shell-1');
    await press('echo $((6*7))-inside\\r');
    await terminal.saw('42-inside');
    await press('\\x10\\x11');
    await terminal.saw(/42-inside[^]*stop watching/);
    await press('d');
    await terminal.saw('as before');
    expect((await terminal.ended).stdout).toContain('code 0');
    expect((await host.berth('ps -q', { cwd })).stdout.trim().split('\n')).toHaveLength(2);
  });
});
