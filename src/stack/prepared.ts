import type { Project } from '../model/compose.ts';
import { withDefaultBind } from './default-bind.ts';
import { withGrantDigests } from './grants.ts';

/** The project as plans and requests are made of it: with what is not written in the file but is part of it. */
export function preparedProject(project: Project): Project {
  return withGrantDigests(withDefaultBind(project));
}
