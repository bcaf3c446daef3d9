export { stack, Stack } from './stack.ts';
export { RunningStack, type StoppedStack } from './running-stack.ts';
export {
  Service,
  type Endpoint,
  type ExecOptions,
  type ExecResult,
  type LogLine,
  type LogsOptions,
} from './service.ts';
export { wait, type HttpWait, type Wait } from './wait.ts';
export type { ComposeObject, Params, ServiceObject, StackOptions } from './options.ts';
export type { DnsFaults, FaultHandle, LimitOptions } from './faults.ts';
export type { CopySource } from './copy.ts';
export type { UrlOptions } from './url.ts';
