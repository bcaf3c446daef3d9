import { describe, expect, test } from 'vitest';
import { applyChanges } from '../../src/image/changes.ts';
import { EMPTY_CONFIG } from '../../src/image/image-config.ts';

const apply = (...changes: string[]) => applyChanges(EMPTY_CONFIG, changes);

describe('changes of an import', () => {
  test('CMD and ENTRYPOINT take a list as it is and text by the shell', () => {
    expect(apply('CMD ["/bin/sh", "-l"]').command).toEqual(['/bin/sh', '-l']);
    expect(apply('cmd echo $HOME').command).toEqual(['/bin/sh', '-c', 'echo $HOME']);
    expect(apply('ENTRYPOINT ["/init"]').entrypoint).toEqual(['/init']);
    expect(apply('SHELL ["/bin/ash", "-c"]', 'CMD run').command).toEqual(['/bin/ash', '-c', 'run']);
  });

  test('one change may hold several instructions, one a line', () => {
    expect(apply('CMD ["/bin/sh"]\nUSER app')).toMatchObject({ command: ['/bin/sh'], user: 'app' });
  });

  test('ENV sets, replaces, and takes quotes', () => {
    const { env } = apply('ENV A=1 B="two words"', 'ENV A 3 and more', 'ENV P=$PATH:/x');
    expect(env).toEqual(['B=two words', 'A=3 and more', 'P=$PATH:/x']);
  });

  test('EXPOSE knows protocols and ranges', () => {
    expect(apply('EXPOSE 80 53/udp 8000-8002', 'EXPOSE 80/tcp').exposedPorts).toEqual([
      '80/tcp',
      '53/udp',
      '8000/tcp',
      '8001/tcp',
      '8002/tcp',
    ]);
  });

  test('LABEL, USER, WORKDIR, VOLUME and STOPSIGNAL are taken', () => {
    const config = apply(
      'LABEL a=1 b.c="2 3"',
      'USER www-data',
      'WORKDIR /srv',
      'WORKDIR app',
      'VOLUME ["/data"]',
      'VOLUME /logs /data',
      'STOPSIGNAL SIGQUIT',
    );
    expect(config).toMatchObject({
      labels: { a: '1', 'b.c': '2 3' },
      user: 'www-data',
      workingDir: '/srv/app',
      volumes: ['/data', '/logs'],
      stopSignal: 'SIGQUIT',
    });
  });

  test('HEALTHCHECK has options, CMD and NONE', () => {
    expect(apply('HEALTHCHECK --interval=1m30s --retries=2 CMD wget -q x').healthcheck).toMatchObject({
      test: ['CMD-SHELL', 'wget -q x'],
      interval: 90e9,
      retries: 2,
    });
    expect(apply('HEALTHCHECK CMD ["true"]').healthcheck?.test).toEqual(['CMD', 'true']);
    expect(apply('HEALTHCHECK NONE').healthcheck?.test).toEqual(['NONE']);
  });

  test.each([
    ['RUN make', 'RUN is not known'],
    ['', 'empty'],
    ['CMD', 'needs a value'],
    ['CMD [1]', 'texts only'],
    ['ENV =x', 'not NAME=value'],
    ['EXPOSE 70000', 'not a port'],
    ['EXPOSE http', 'not a port'],
    ['HEALTHCHECK --often=1s CMD x', '--often'],
    ['HEALTHCHECK --interval=soon CMD x', 'not a time'],
    ['HEALTHCHECK wget', 'write HEALTHCHECK CMD'],
    ['SHELL sh', 'needs a list'],
  ])('"%s" is refused', (change, why) => {
    expect(() => apply(change)).toThrow(why);
  });
});
