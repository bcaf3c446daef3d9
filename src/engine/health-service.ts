import type { ContainerRecord } from '../model/container.ts';
import type { Core } from './core.ts';

export class HealthService {
  constructor(_core: Core) {}
  begin(_container: ContainerRecord): void {}
  stop(_id: string): void {}
  stopAll(): void {}
}
