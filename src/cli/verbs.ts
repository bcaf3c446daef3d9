import type { Command } from 'commander';

/** A verb as the overview lists it; its code is loaded only when it is used. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const verbs: readonly VerbEntry[] = [
  {
    name: 'up',
    summary: 'bring the stack up',
    load: async () => (await import('./commands/up.ts')).upCommand(),
  },
  {
    name: 'down',
    summary: 'take the stack down',
    load: async () => (await import('./commands/down.ts')).downCommand(),
  },
  {
    name: 'build',
    summary: 'build the images of services',
    load: async () => (await import('./commands/build.ts')).buildCommand(),
  },
  {
    name: 'plan',
    summary: 'show what `up` would change, and why',
    load: async () => (await import('./commands/plan.ts')).planCommand(),
  },
  {
    name: 'ps',
    summary: 'list the containers of the stack',
    load: async () => (await import('./commands/ps.ts')).psCommand(),
  },
  {
    name: 'logs',
    summary: 'show what the services said, in the order of time',
    load: async () => (await import('./commands/logs.ts')).logsCommand(),
  },
  {
    name: 'exec',
    summary: 'run a command in a running service',
    load: async () => (await import('./commands/exec.ts')).execCommand(),
  },
  {
    name: 'attach',
    summary: 'join the terminal or the output of a running service',
    load: async () => (await import('./commands/attach.ts')).attachCommand(),
  },
  {
    name: 'stop',
    summary: 'stop services; their containers stay',
    load: async () => (await import('./commands/stop.ts')).stopCommand(),
  },
  {
    name: 'start',
    summary: 'start containers that exist, in dependency order',
    load: async () => (await import('./commands/start.ts')).startCommand(),
  },
  {
    name: 'restart',
    summary: 'stop services and start them again, in the containers they have',
    load: async () => (await import('./commands/restart.ts')).restartCommand(),
  },
  {
    name: 'kill',
    summary: 'send a signal to services',
    load: async () => (await import('./commands/kill.ts')).killCommand(),
  },
  {
    name: 'rm',
    summary: 'remove stopped containers',
    load: async () => (await import('./commands/rm.ts')).rmCommand(),
  },
  {
    name: 'pause',
    summary: 'hold services where they are',
    load: async () => (await import('./commands/pause.ts')).pauseCommand(),
  },
  {
    name: 'unpause',
    summary: 'let held services go on',
    load: async () => (await import('./commands/pause.ts')).unpauseCommand(),
  },
  {
    name: 'create',
    summary: 'make the containers of the stack, start nothing',
    load: async () => (await import('./commands/create.ts')).createCommand(),
  },
  {
    name: 'scale',
    summary: 'set the number of replicas of services',
    load: async () => (await import('./commands/scale.ts')).scaleCommand(),
  },
  {
    name: 'wait',
    summary: 'wait until a service ends, and end with its exit code',
    load: async () => (await import('./commands/wait.ts')).waitCommand(),
  },
  {
    name: 'port',
    summary: 'print where a port of a service is published',
    load: async () => (await import('./commands/port.ts')).portCommand(),
  },
  {
    name: 'top',
    summary: 'list the processes of services',
    load: async () => (await import('./commands/top.ts')).topCommand(),
  },
  {
    name: 'stats',
    summary: 'show what the containers use',
    load: async () => (await import('./commands/stats.ts')).statsCommand(),
  },
  {
    name: 'cp',
    summary: 'copy files between a service and this machine',
    load: async () => (await import('./commands/cp.ts')).cpCommand(),
  },
  {
    name: 'commit',
    summary: 'make an image of what a service has become',
    load: async () => (await import('./commands/commit.ts')).commitCommand(),
  },
  {
    name: 'export',
    summary: 'write all files of a service as a tar',
    load: async () => (await import('./commands/export.ts')).exportCommand(),
  },
  {
    name: 'events',
    summary: 'show what happens to the containers',
    load: async () => (await import('./commands/events.ts')).eventsCommand(),
  },
  {
    name: 'ls',
    summary: 'list the projects that run',
    load: async () => (await import('./commands/ls.ts')).lsCommand(),
  },
  {
    name: 'images',
    summary: 'list the images that the stack runs',
    load: async () => (await import('./commands/images.ts')).imagesCommand(),
  },
  {
    name: 'volumes',
    summary: 'list the volumes of the stack',
    load: async () => (await import('./commands/volumes.ts')).volumesCommand(),
  },
  {
    name: 'run',
    summary: 'run a command once, in a container like those of a service',
    load: async () => (await import('./commands/run.ts')).runCommand(),
  },
  {
    name: 'watch',
    summary: 'bring changed files into running services, or rebuild and restart them',
    load: async () => (await import('./commands/watch.ts')).watchCommand(),
  },
  {
    name: 'pull',
    summary: 'fetch the images of the services',
    load: async () => (await import('./commands/pull.ts')).pullCommand(),
  },
  {
    name: 'push',
    summary: 'bring the images that services build to their registries',
    load: async () => (await import('./commands/push.ts')).pushCommand(),
  },
  {
    name: 'publish',
    summary: 'bring the compose files to a registry, for others to run',
    load: async () => (await import('./commands/publish.ts')).publishCommand(),
  },
  {
    name: 'login',
    summary: 'log in to a registry',
    load: async () => (await import('./commands/login.ts')).loginCommand(),
  },
  {
    name: 'logout',
    summary: 'forget the login of a registry',
    load: async () => (await import('./commands/login.ts')).logoutCommand(),
  },
  {
    name: 'config',
    summary: 'check the compose file and print it in its full form',
    load: async () => (await import('./commands/config.ts')).configCommand(),
  },
  {
    name: 'trace',
    summary: 'follow a packet from here to there, and say why it gets no further',
    load: async () => (await import('./commands/trace.ts')).traceCommand(),
  },
  {
    name: 'network',
    summary: 'networks: ls, inspect, create, rm, connect, disconnect, graph, prune',
    load: async () => (await import('./commands/network.ts')).networkCommand(),
  },
  {
    name: 'volume',
    summary: 'volumes: ls, inspect, create, rm, prune',
    load: async () => (await import('./commands/volume.ts')).volumeCommand(),
  },
  {
    name: 'image',
    summary: 'images: ls, pull, push, load, save, import, tag, inspect, history, rm, prune',
    load: async () => (await import('./commands/image.ts')).imageCommand(),
  },
  {
    name: 'system',
    summary: 'disk space: df, prune',
    load: async () => (await import('./commands/system.ts')).systemCommand(),
  },
  {
    name: 'engine',
    summary: 'the engine behind it all: status, run, stop, socket, install',
    load: async () => (await import('./commands/engine.ts')).engineCommand(),
  },
  {
    name: 'doctor',
    summary: 'find what would break Berth on this machine, and how to mend it',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete words: bash, zsh, fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand(),
  },
];

/** What Docker Compose has and Berth has not; not listed. */
export const otherVerbs: readonly string[] = ['alpha', 'bridge'];
