import { compileSchemas } from '../../scripts/compile-schemas.js';

/** The compose room needs its generated validator; the build makes it, and so does a test run without a build. */
export async function setup(): Promise<void> {
  await compileSchemas({ onlyIfStale: true });
}
