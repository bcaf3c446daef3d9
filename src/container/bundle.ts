import type { ContainerRecord } from '../model/container.ts';
import { makeFolderNow, readText } from '../host/files.ts';
import {
  fileFacts,
  listFolder,
  removeFileNow,
  removeFolderNow,
  removeTreeNow,
  writeFileNow,
} from '../host/files-now.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import { hasBlkioWeight, ownHierarchies } from './cgroups.ts';
import { diskNumbers, ociDevicesFor } from './oci-devices.ts';
import type { GrantedFileMount } from './oci-mounts.ts';
import { ociSpecFor, ociSpecText, type NamespaceJoins } from './oci-spec.ts';
import type { OciSpec } from './oci-types.ts';
import type { ContainerPaths } from './paths.ts';
import type { Runtime } from './runtime.ts';
import type { SeccompCache } from './seccomp-cache.ts';
import { findUser, type UserFiles } from './users.ts';

export interface BundleRequest {
  readonly container: ContainerRecord;
  readonly paths: ContainerPaths;
  readonly runtime: Runtime;
  readonly seccomp: SeccompCache;
  readonly cgroupsPath: string;
  readonly netnsPath?: string | undefined;
  readonly files: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  readonly grantedFiles?: readonly GrantedFileMount[] | undefined;
  readonly joins?: NamespaceJoins | undefined;
  readonly hiddenPaths?: readonly string[] | undefined;
}

/**
 * Writes the bundle of a container whose root filesystem is mounted where this thread sees it: users are looked up
 * in it, and the working folder is made in it as Docker does.
 */
export function writeBundle(request: BundleRequest): {
  readonly spec: OciSpec;
  readonly warnings: readonly string[];
} {
  const { container, paths, runtime } = request;
  const { security, resources } = container.spec;
  const user = findUser(container.process.user, userFilesIn(paths.rootfs), security.groupAdd);
  makeWorkingFolder(paths.rootfs, container.process.workingDir);
  const { spec, warnings } = ociSpecFor({
    container,
    user,
    runtime,
    rootfs: paths.rootfs,
    netnsPath: request.netnsPath,
    cgroupsPath: request.cgroupsPath,
    files: request.files,
    grantedFiles: request.grantedFiles,
    joins: request.joins,
    devices: ociDevicesFor(resources, security.privileged),
    diskNumbers,
    blkioWeight: hasBlkioWeight(ownHierarchies()),
    hiddenPaths: request.hiddenPaths,
  });
  writeFileNow(paths.config, ociSpecText(request.seccomp.apply(spec)), 0o600);
  return { spec, warnings };
}

/** Makes the folders that a bundle and its overlay need. */
export function makeBundleFolders(paths: ContainerPaths, overlay: { upper: string; work: string }): void {
  makeFolderNow(paths.folder, 0o711);
  for (const folder of [paths.bundle, paths.rootfs]) makeFolderNow(folder, 0o700);
  makeFolderNow(overlay.upper, 0o755);
  makeFolderNow(overlay.work, 0o700);
}

/** Removes what a container leaves in the run root; its hosts file and the like stay for the next start. */
export function removeBundle(paths: ContainerPaths): void {
  removeTreeNow(paths.bundle);
  for (const file of [
    paths.pidFile,
    paths.conmonPidFile,
    paths.state,
    `${paths.folder}/exit`,
    `${paths.folder}/oom`,
  ])
    removeFileNow(file);
  // What a runtime that was killed in the middle of an exec leaves.
  for (const name of listFolder(paths.folder))
    if (/^\.?exec-/.test(name)) removeFileNow(`${paths.folder}/${name}`);
  removeFolderNow(paths.rootfs);
  removeTreeNow(paths.runtimeState);
  removeFolderNow(paths.folder);
}

/** /etc/passwd and /etc/group of a tree, without following a link out of it. */
export function userFilesIn(root: string): UserFiles {
  return {
    passwd: readText(pathInRoot(root, '/etc/passwd')) ?? '',
    group: readText(pathInRoot(root, '/etc/group')) ?? '',
  };
}

function makeWorkingFolder(root: string, workingDir: string): void {
  if (workingDir === '' || workingDir === '/') return;
  const folder = pathInRoot(root, workingDir);
  if (fileFacts(folder) === undefined) makeFolderNow(folder, 0o755);
}
