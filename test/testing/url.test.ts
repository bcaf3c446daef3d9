import { expect, it } from 'vitest';
import { urlOf } from '../../src/testing/url.ts';

const endpoint = { host: '127.0.0.1', port: 32_768 };

it('a URL has the scheme of the port inside the container, http where that says nothing', () => {
  const url = (containerPort: number): string =>
    urlOf({ endpoint, containerPort, environment: {}, options: {} });
  expect(url(3000)).toBe('http://127.0.0.1:32768');
  expect(url(6379)).toBe('redis://127.0.0.1:32768');
  expect(url(443)).toBe('https://127.0.0.1:32768');
});

it('a URL of a database has the login that its environment sets', () => {
  const environment = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'a/b', POSTGRES_DB: 'orders' };
  const about = { endpoint, containerPort: 5432, environment, options: {} };
  expect(urlOf(about)).toBe('postgres://shop:a%2Fb@127.0.0.1:32768/orders');
  expect(urlOf({ ...about, environment: {} })).toBe('postgres://127.0.0.1:32768/postgres');
});

it('scheme and path can be given, and IPv6 addresses stand in brackets', () => {
  const options = { protocol: 'ws', path: '/feed' };
  const six = { host: '::1', port: 80 };
  expect(urlOf({ endpoint: six, containerPort: 80, environment: {}, options })).toBe('ws://[::1]:80/feed');
});
