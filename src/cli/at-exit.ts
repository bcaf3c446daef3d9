/** Calls back when this process ends by itself or by `process.exit`; call the result to take that back. */
export function onProcessExit(work: () => void): () => void {
  process.on('exit', work);
  return () => void process.off('exit', work);
}
