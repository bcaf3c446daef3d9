import { EngineError, HostError } from '../model/errors.ts';

/** The messages of this room. Words that clients of Docker's API match on are Docker's. */

export function referenceInvalid(text: string, why: string): EngineError {
  return new EngineError(400, 'REFERENCE_INVALID', `invalid reference format: "${text}": ${why}`, {
    hint: 'Write [registry[:port]/]name[:tag][@sha256:…], such as redis:7 or ghcr.io/acme/web:2.1.',
  });
}

export function imageNotFound(reference: string): EngineError {
  return new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${reference}`, {
    hint: 'See what is there: berth image ls. Bring one in: berth image load -i <archive>, or berth image import <rootfs.tar> <name>.',
  });
}

export function imageAmbiguous(prefix: string, ids: readonly string[]): EngineError {
  const names = ids.map((id) => id.slice(7, 27)).join(', ');
  return new EngineError(
    400,
    'IMAGE_AMBIGUOUS',
    `multiple IDs found with provided prefix: ${prefix} (${names})`,
    {
      hint: 'Give more digits of the id, or a name with a tag.',
    },
  );
}

export function imageConflict(message: string, hint: string): EngineError {
  return new EngineError(409, 'IMAGE_IN_USE', `conflict: ${message}`, { hint });
}

export function hostImageFixed(action: string): EngineError {
  return new EngineError(
    409,
    'IMAGE_HOST_FIXED',
    `berth/host cannot be ${action}: it is this machine's own root filesystem, not a stored image`,
    { hint: 'Use another name.' },
  );
}

export function archiveUnknown(): EngineError {
  return new EngineError(
    400,
    'ARCHIVE_UNKNOWN',
    'this is neither a docker save archive (it has no manifest.json) nor an OCI image layout (it has no index.json)',
    {
      hint: 'Make one with: docker save -o image.tar <name>. For a tar of a root filesystem use berth image import.',
    },
  );
}

/** An archive that would not fit into the files that are there. */
export function extractionConflict(name: string, reason: string): EngineError {
  return new EngineError(400, 'ARCHIVE_CONFLICT', `cannot unpack ${name}: ${reason}`, {
    hint: 'Remove what stands there, or unpack into another folder.',
  });
}

export function archiveDamaged(what: string, cause?: unknown): EngineError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new EngineError(400, 'ARCHIVE_DAMAGED', `the archive is damaged: ${what}${why}`, {
    cause,
    hint: 'Copy or make the archive again; nothing was stored.',
  });
}

export function archiveIncomplete(needed: string, needer: string): EngineError {
  return new EngineError(400, 'ARCHIVE_INCOMPLETE', `the archive lacks ${needed}, which ${needer} names`, {
    hint: 'Make the archive again; nothing was stored.',
  });
}

export function archiveMismatch(mismatch: { what: string; expected: string; actual: string }): EngineError {
  const { what, expected, actual } = mismatch;
  return new EngineError(
    400,
    'ARCHIVE_DIGEST_MISMATCH',
    `${what} does not have the digest that was promised: expected ${expected}, got ${actual}`,
    { hint: 'The archive was changed or damaged on its way; get it again. Nothing was stored.' },
  );
}

export function archivePlatform(wanted: string, offered: readonly string[]): EngineError {
  return new EngineError(
    400,
    'ARCHIVE_PLATFORM',
    `the archive has no image for ${wanted}, only for ${offered.join(', ') || 'nothing'}`,
    { hint: `Make the archive for ${wanted}.` },
  );
}

export function archiveDocumentInvalid(document: string, why: string): EngineError {
  return new EngineError(400, 'ARCHIVE_DOCUMENT_INVALID', `${document} in the archive is not valid: ${why}`, {
    hint: 'Make the archive again with a current tool; nothing was stored.',
  });
}

export function archiveLimit(what: string): EngineError {
  return new EngineError(400, 'ARCHIVE_LIMIT', `the archive is refused: ${what}`, {
    hint: 'Such sizes mean damage or malice in practice; nothing was stored.',
  });
}

export function layerPathEscapes(entry: string, why: string): EngineError {
  return new EngineError(400, 'LAYER_PATH_ESCAPES', `the layer is refused: entry "${shown(entry)}" ${why}`, {
    hint: 'The archive tries to write outside of its own folder; do not trust its source. Nothing was stored.',
  });
}

export function layerEntryInvalid(entry: string, why: string): EngineError {
  return new EngineError(400, 'LAYER_ENTRY_INVALID', `the layer is refused: entry "${shown(entry)}" ${why}`, {
    hint: 'Make the archive again with a current tool; nothing was stored.',
  });
}

export function layerWriteFailed(entry: string, cause: unknown): HostError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const code = errorCode(cause);
  return new HostError('LAYER_WRITE_FAILED', `cannot unpack "${shown(entry)}": ${why}`, {
    cause,
    hint: code === undefined ? undefined : WRITE_HINTS[code],
  });
}

export function changeInvalid(change: string, why: string): EngineError {
  return new EngineError(400, 'IMPORT_CHANGE_INVALID', `cannot apply the change "${change}": ${why}`, {
    hint: `Changes are Dockerfile lines: ${CHANGE_WORDS}. For instance: CMD ["/bin/sh"]`,
  });
}

export const CHANGE_WORDS =
  'CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR';

export function volumeNameInvalid(name: string): EngineError {
  return new EngineError(
    400,
    'VOLUME_NAME_INVALID',
    `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    { hint: 'If you meant a folder of this machine, write it as an absolute path.' },
  );
}

export function volumeNotFound(name: string): EngineError {
  return new EngineError(404, 'VOLUME_NOT_FOUND', `get ${name}: no such volume`, {
    hint: 'See what is there: berth volume ls.',
  });
}

export function volumeInUse(name: string, containers: readonly string[]): EngineError {
  return new EngineError(
    409,
    'VOLUME_IN_USE',
    `remove ${name}: volume is in use - [${containers.join(', ')}]`,
    {
      hint: 'Remove these containers first.',
    },
  );
}

export function volumeDriverUnknown(name: string, driver: string): EngineError {
  return new EngineError(
    404,
    'VOLUME_DRIVER_UNKNOWN',
    `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    { hint: 'Only the driver "local" is there: leave `driver` out.' },
  );
}

export function volumeOptionsInvalid(name: string, why: string): EngineError {
  return new EngineError(400, 'VOLUME_OPTIONS_INVALID', `create ${name}: ${why}`, {
    hint: 'The driver "local" knows the options type, device and o.',
  });
}

export function volumeDiffers(name: string, what: string): EngineError {
  return new EngineError(
    409,
    'VOLUME_DIFFERS',
    `a volume with the name ${name} already exists with different ${what}`,
    { hint: `Remove it first (its data goes with it): berth volume rm ${name}. Or choose another name.` },
  );
}

export function volumeMountFailed(
  volume: { readonly name: string; readonly options: Readonly<Record<string, string>> },
  cause: unknown,
): EngineError {
  const { type = '', device = '', o = '' } = volume.options;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const options = o === '' ? '' : ` -o ${o}`;
  return new EngineError(
    500,
    'VOLUME_MOUNT_FAILED',
    `failed to mount local volume ${volume.name}: ${reason}`,
    { hint: `its options say: mount -t ${type}${options} ${device}; try that by hand`, cause },
  );
}

const WRITE_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space below the state root, then try again. Nothing was stored.',
  EDQUOT: 'The quota is used up: free some space, then try again. Nothing was stored.',
  EPERM: 'Owners, devices and overlay attributes need root.',
  EACCES: 'Owners, devices and overlay attributes need root.',
  ENAMETOOLONG: 'The layer holds a longer path than this filesystem allows.',
  EROFS: 'The state root is on a read-only filesystem: choose another with --root.',
};

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Names come from archives, as byte strings: control characters must not reach a terminal, nor a page of text a message. */
function shown(bytes: string): string {
  const name = Buffer.from(bytes, 'latin1').toString('utf8');
  const text = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name).slice(1, -1);
  return text.replace(/[\u007f-\u009f]/g, '?');
}
