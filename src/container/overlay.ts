/** The kernel takes one page of mount options. */
const OPTIONS_BYTES_MAX = 4095;

/**
 * The options of an overlay mount. With many layers they are too long for the kernel; then the layers are named
 * relative to `folder`, where the mounting thread must stand.
 */
export function overlayData(request: {
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
}): { readonly data: string; readonly folder?: string } {
  const data = optionsFor(request, request.layers);
  if (Buffer.byteLength(data) <= OPTIONS_BYTES_MAX) return { data };
  const folder = commonFolder(request.layers);
  const relative = request.layers.map((layer) => layer.slice(folder.length).replace(/^\/+/, '') || '.');
  return { data: optionsFor(request, relative), folder: folder || '/' };
}

function optionsFor(
  request: { readonly upper: string; readonly work: string },
  layers: readonly string[],
): string {
  const lower = layers.map((layer) => escapeOption(layer).replaceAll(':', '\\:')).join(':');
  return [
    `lowerdir=${lower}`,
    `upperdir=${escapeOption(request.upper)}`,
    `workdir=${escapeOption(request.work)}`,
    // Both keep their meaning when the same folders are mounted again by a later start.
    'index=off',
    'metacopy=off',
  ].join(',');
}

function escapeOption(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}

/** The deepest folder that holds every path. */
function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  const parts = Array.from(first);
  for (const other of others) {
    const length = parts.findIndex((part, index) => other[index] !== part);
    if (length !== -1) parts.length = length;
  }
  return parts.join('/');
}
