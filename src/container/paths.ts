/** Where a container's passing things are, below the run root. */
export interface ContainerPaths {
  readonly folder: string;
  readonly bundle: string;
  readonly config: string;
  /** Mount point of the root filesystem; empty except inside the container's own mount namespace. */
  readonly rootfs: string;
  readonly pidFile: string;
  readonly conmonPidFile: string;
  readonly state: string;
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
  /** The state that the runtime keeps. */
  readonly runtimeState: string;
  readonly exitFile: string;
}

export function containerPaths(runRoot: string, id: string): ContainerPaths {
  const folder = `${runRoot}/containers/${id}`;
  return {
    folder,
    bundle: `${folder}/bundle`,
    config: `${folder}/bundle/config.json`,
    rootfs: `${folder}/rootfs`,
    pidFile: `${folder}/pidfile`,
    conmonPidFile: `${folder}/conmon.pid`,
    state: `${folder}/state.json`,
    hosts: `${folder}/hosts`,
    hostname: `${folder}/hostname`,
    resolvConf: `${folder}/resolv.conf`,
    runtimeState: `${runtimeStateRoot(runRoot)}/${id}`,
    exitFile: `${exitsFolder(runRoot)}/${id}`,
  };
}

/** One folder for the exit codes of all containers, so that one watch is enough. */
export function exitsFolder(runRoot: string): string {
  return `${runRoot}/exits`;
}

export function runtimeStateRoot(runRoot: string): string {
  return `${runRoot}/runtime`;
}
