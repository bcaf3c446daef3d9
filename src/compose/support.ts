export { checkSupport, supportFor } from './support/support.ts';
export type { Support } from './support/support.ts';
