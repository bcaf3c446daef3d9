import type { Endpoint } from './service.ts';

export interface UrlOptions {
  /** Port inside the container; default: its only one. */
  readonly port?: number;
  /** Default: by the port inside the container, else `http`. */
  readonly protocol?: string;
  /** Begins with a slash. */
  readonly path?: string;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  443: 'https',
  3306: 'mysql',
  5432: 'postgres',
  5672: 'amqp',
  6379: 'redis',
  8443: 'https',
  27_017: 'mongodb',
};

/** Who may log in to what, by the variables that the official images take. */
const LOGINS: Readonly<Record<string, (env: Environment) => Login>> = {
  postgres: (env) => {
    const user = env['POSTGRES_USER'] ?? 'postgres';
    return { user, password: env['POSTGRES_PASSWORD'], path: `/${env['POSTGRES_DB'] ?? user}` };
  },
  mysql: (env) => ({
    user: env['MYSQL_USER'] ?? 'root',
    password: env['MYSQL_USER'] ? env['MYSQL_PASSWORD'] : env['MYSQL_ROOT_PASSWORD'],
    path: `/${env['MYSQL_DATABASE'] ?? ''}`,
  }),
  mongodb: (env) => ({
    user: env['MONGO_INITDB_ROOT_USERNAME'],
    password: env['MONGO_INITDB_ROOT_PASSWORD'],
    path: '',
  }),
};

type Environment = Readonly<Record<string, string | null | undefined>>;

interface Login {
  readonly user: string | null | undefined;
  readonly password: string | null | undefined;
  readonly path: string;
}

/** The URL of a place, with what a client needs to log in. Pure. */
export function urlOf(about: {
  readonly endpoint: Endpoint;
  readonly containerPort: number;
  readonly environment: Environment;
  readonly options: UrlOptions;
}): string {
  const { endpoint, containerPort, environment, options } = about;
  const protocol = options.protocol ?? PROTOCOLS[containerPort] ?? 'http';
  const login = LOGINS[protocol]?.(environment);
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const path = options.path ?? login?.path ?? '';
  return `${protocol}://${credentials(login)}${host}:${String(endpoint.port)}${path}`;
}

function credentials(login: Login | undefined): string {
  if (!login?.user || !login.password) return '';
  return `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
}
