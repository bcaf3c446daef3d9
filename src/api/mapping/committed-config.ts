import type { ImageConfig } from '../../model/image.ts';
import type { BodyReader } from './body-reader.ts';

/** What the body of `POST /commit` says about the image; what it leaves out is the container's. */
export function committedConfig(body: BodyReader): Partial<ImageConfig> {
  return {
    ...(body.list('Cmd').length > 0 && { command: body.list('Cmd') }),
    ...(body.list('Entrypoint').length > 0 && { entrypoint: body.list('Entrypoint') }),
    ...(body.list('Env').length > 0 && { env: body.list('Env') }),
    ...(body.has('Labels') && { labels: body.texts('Labels') }),
    ...(body.text('User') !== '' && { user: body.text('User') }),
    ...(body.text('WorkingDir') !== '' && { workingDir: body.text('WorkingDir') }),
  };
}
