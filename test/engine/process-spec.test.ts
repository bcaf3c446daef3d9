import { describe, expect, it } from 'vitest';
import { processSpecFor } from '../../src/engine/operations/process-spec.ts';
import { containerSpec, imageConfig } from './records.ts';

const image = imageConfig({
  env: ['PATH=/bin', 'LEVEL=info'],
  entrypoint: ['/entry'],
  command: ['serve'],
  workingDir: '/srv',
  user: 'www',
  stopSignal: 'SIGQUIT',
  labels: { from: 'image' },
  exposedPorts: ['80/tcp'],
});

describe('the process of a container', () => {
  it('is the image’s when the client asks for nothing', () => {
    const process = processSpecFor(containerSpec(), image);
    expect(process.argv).toEqual(['/entry', 'serve']);
    expect(process).toMatchObject({ workingDir: '/srv', user: 'www', stopSignal: 'SIGQUIT' });
  });

  it('keeps the image’s entrypoint under another command', () => {
    expect(processSpecFor(containerSpec({ command: ['check'] }), image).argv).toEqual(['/entry', 'check']);
  });

  it('drops the image’s command with another entrypoint', () => {
    expect(processSpecFor(containerSpec({ entrypoint: ['/mine'] }), image).argv).toEqual(['/mine']);
  });

  it('refuses to be empty', () => {
    const none = imageConfig({});
    expect(() => processSpecFor(containerSpec(), none)).toThrow(
      expect.objectContaining({ code: 'CONTAINER_NO_COMMAND', status: 400 }),
    );
  });

  it('sees the client’s environment over the image’s, and a bare name in place of one', () => {
    const process = processSpecFor(containerSpec({ env: ['LEVEL', 'MODE=a=b'] }), image);
    expect(process.env).toEqual(['LEVEL', 'MODE=a=b', 'PATH=/bin']);
  });

  it('takes the times of a health check from the client and its test from the image', () => {
    const probe = {
      test: ['CMD', 'ok'],
      interval: 5,
      timeout: 0,
      startPeriod: 0,
      startInterval: 0,
      retries: 3,
    };
    const own = { test: [], interval: 7, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 };
    const process = processSpecFor(containerSpec({ healthcheck: own }), { ...image, healthcheck: probe });
    expect(process.healthcheck).toEqual({ ...probe, interval: 7 });
  });

  it('has no health check after NONE', () => {
    const probe = {
      test: ['CMD', 'ok'],
      interval: 5,
      timeout: 0,
      startPeriod: 0,
      startInterval: 0,
      retries: 3,
    };
    const none = { ...probe, test: ['NONE'] };
    const process = processSpecFor(containerSpec({ healthcheck: none }), { ...image, healthcheck: probe });
    expect(process.healthcheck).toBeUndefined();
  });
});
