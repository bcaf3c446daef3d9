import { expect, test } from 'vitest';
import { mistakesOf, withoutMark } from './project.ts';

/** Title, code, and a compose file in which `§` stands where the mistake is to be reported. */
const cases: readonly (readonly [string, string, string])[] = [
  // YAML
  ['a colon in a plain value', 'COMPOSE_YAML', 'services:\n  web:\n    image: §a: b\n'],
  ['a tab as indentation', 'COMPOSE_YAML', 'services:\n  web:\n§\timage: a\n'],
  ['a quote that is not closed', 'COMPOSE_YAML', 'services:\n  web:\n    image: §"nginx\n'],
  [
    'a bracket that is not closed',
    'COMPOSE_YAML',
    'services:\n  web:\n    image: a\n    command: §[sleep, "1"\n',
  ],
  ['a key that is given twice', 'COMPOSE_DUPLICATE_KEY', 'services:\n  web:\n    image: a\n    §image: b\n'],
  [
    'a service that is given twice',
    'COMPOSE_DUPLICATE_KEY',
    'services:\n  web:\n    image: a\n  §web:\n    image: b\n',
  ],
  ['an alias without an anchor', 'COMPOSE_ANCHOR_UNKNOWN', 'services:\n  web: §*base\n'],
  ['an alias within its own anchor', 'COMPOSE_ALIAS_CYCLE', 'x-a: &a\n  b: §*a\nservices: {}\n'],
  [
    'a merge key that names a text',
    'COMPOSE_MERGE_KEY',
    'x-a: &a §text\nservices:\n  web:\n    <<: *a\n    image: a\n',
  ],
  [
    'a key that is a number',
    'COMPOSE_KEY',
    'services:\n  web:\n    image: a\n    environment:\n      §1: a\n',
  ],
  ['a key that is a list', 'COMPOSE_KEY', 'services:\n  web:\n    image: a\n    labels:\n      §[a]: b\n'],
  [
    'a tag that its value contradicts',
    'COMPOSE_TYPE',
    'services:\n  web:\n    image: a\n    scale: !!int §"two"\n',
  ],
  ['a file that is a list', 'COMPOSE_TYPE', '§- services\n'],
  // Types
  ['a service that is a text', 'COMPOSE_TYPE', 'services:\n  web: §nginx\n'],
  ['a service without anything', 'COMPOSE_TYPE', 'services:\n  §web:\n'],
  ['an image that is a number', 'COMPOSE_TYPE', 'services:\n  web:\n    image: §1\n'],
  ['services as a list', 'COMPOSE_TYPE', 'services:\n  §- web\n'],
  ['ports as a text', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    ports: §"80:80"\n'],
  ['ports as a mapping', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    ports:\n      §a: 80\n'],
  ['an environment as a text', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    environment: §A=1\n'],
  [
    'an environment value that is a list',
    'COMPOSE_TYPE',
    'services:\n  web:\n    image: a\n    environment:\n      A: §[b]\n',
  ],
  [
    'an item of cap_add that is a number',
    'COMPOSE_TYPE',
    'services:\n  web:\n    image: a\n    cap_add: [§1]\n',
  ],
  [
    'a health check that is a list',
    'COMPOSE_TYPE',
    'services:\n  web:\n    image: a\n    healthcheck:\n      §- CMD\n',
  ],
  ['a name that is a number', 'COMPOSE_TYPE', 'name: §1\nservices: {}\n'],
  ['a network that is a text', 'COMPOSE_TYPE', 'services: {}\nnetworks:\n  front: §bridge\n'],
  ['a scale that is no number', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    scale: §two\n'],
  ['a tty that is no boolean', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    tty: §"maybe"\n'],
  ['cpus that are no number', 'COMPOSE_TYPE', 'services:\n  web:\n    image: a\n    cpus: §lots\n'],
  // Keys
  ['an unknown key at the top', 'COMPOSE_UNKNOWN_KEY', 'services: {}\n§service: {}\n'],
  [
    'a misspelt key of a service',
    'COMPOSE_UNKNOWN_KEY',
    'services:\n  web:\n    image: a\n    §enviroment: {}\n',
  ],
  ['an unknown key of build', 'COMPOSE_UNKNOWN_KEY', 'services:\n  web:\n    build:\n      §contxt: .\n'],
  [
    'an unknown key of a long port',
    'COMPOSE_UNKNOWN_KEY',
    'services:\n  web:\n    image: a\n    ports:\n      - target: 80\n        §publish: 80\n',
  ],
  [
    'an unknown key of a network',
    'COMPOSE_UNKNOWN_KEY',
    'services: {}\nnetworks:\n  a:\n    §subnet: 10.0.0.0/8\n',
  ],
  [
    'an unknown key that an anchor brings',
    'COMPOSE_UNKNOWN_KEY',
    'x-base: &base\n  §imagee: a\nservices:\n  web:\n    <<: *base\n    image: b\n',
  ],
  ['a service name with a space', 'COMPOSE_VALUE', 'services:\n  §"my web":\n    image: a\n'],
  [
    'a long mount without a type',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    volumes:\n      - §target: /a\n',
  ],
  [
    'a dependency without a condition',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    depends_on:\n      §db: {restart: true}\n  db:\n    image: b\n',
  ],
  [
    'a watch rule without an action',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    develop:\n      watch:\n        - §path: .\n',
  ],
  [
    'a limit with one end',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    ulimits:\n      §nofile: {soft: 1}\n',
  ],
  // Values
  [
    'a condition that does not exist',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    depends_on:\n      db: {condition: §healthy}\n  db:\n    image: b\n',
  ],
  [
    'a mount type that does not exist',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    volumes:\n      - type: §bindd\n        target: /a\n',
  ],
  ['a score out of range', 'COMPOSE_VALUE', 'services:\n  web:\n    image: a\n    oom_score_adj: §2000\n'],
  [
    'a pull policy that does not exist',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    pull_policy: §sometimes\n',
  ],
  [
    'a container name with a slash',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    container_name: §a/b\n',
  ],
  [
    'a repeated security option',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    security_opt:\n      - a=b\n      - §a=b\n',
  ],
  [
    'a duration without a unit',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    stop_grace_period: §"10"\n',
  ],
  ['a size of unknown unit', 'COMPOSE_VALUE', 'services:\n  web:\n    image: a\n    mem_limit: §10x\n'],
  [
    'a file mode that is not octal',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    configs:\n      - source: c\n        mode: §"999"\nconfigs:\n  c: {content: a}\n',
  ],
  [
    'a command with an open quote',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    command: §sh -c "a\n',
  ],
  [
    'a device with too many colons',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    devices: [§"/dev/a:/dev/b:r:w"]\n',
  ],
  [
    'a host without an address',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    extra_hosts:\n      - §somehost\n',
  ],
  [
    'a port that is no number',
    'COMPOSE_PORT',
    'services:\n  web:\n    image: a\n    ports:\n      - "80:80"\n      - §"80:http"\n',
  ],
  ['a port above 65535', 'COMPOSE_PORT', 'services:\n  web:\n    image: a\n    ports: [§"70000:80"]\n'],
  [
    'port ranges of different length',
    'COMPOSE_PORT',
    'services:\n  web:\n    image: a\n    ports: [§"80-81:90-95"]\n',
  ],
  [
    'a protocol that does not exist',
    'COMPOSE_PORT',
    'services:\n  web:\n    image: a\n    ports: [§"80:80/icmp"]\n',
  ],
  [
    'a port on a host name',
    'COMPOSE_PORT',
    'services:\n  web:\n    image: a\n    ports: [§"localhost:80:80"]\n',
  ],
  [
    'a long port on a host name',
    'COMPOSE_PORT',
    'services:\n  web:\n    image: a\n    ports:\n      - target: 80\n        host_ip: §localhost\n',
  ],
  [
    'a mount with too many colons',
    'COMPOSE_VOLUME',
    'services:\n  web:\n    image: a\n    volumes: [§"data:/b:ro:c"]\n',
  ],
  [
    'a mount with an empty part',
    'COMPOSE_VOLUME',
    'services:\n  web:\n    image: a\n    volumes: [§":/b"]\n',
  ],
  [
    'a bind mount of nothing',
    'COMPOSE_VOLUME',
    'services:\n  web:\n    image: a\n    volumes:\n      - §type: bind\n        target: /a\n',
  ],
  // Variables
  ['a brace that is not closed', 'COMPOSE_INTERPOLATION', 'services:\n  web:\n    image: "a:§${TAG"\n'],
  ['a name with a space', 'COMPOSE_INTERPOLATION', 'services:\n  web:\n    image: a:§${ TAG}\n'],
  ['braces without a name', 'COMPOSE_INTERPOLATION', 'services:\n  web:\n    image: a:§${}\n'],
  ['an operator that does not exist', 'COMPOSE_INTERPOLATION', 'services:\n  web:\n    image: a:§${TAG!}\n'],
  ['a required variable', 'COMPOSE_VARIABLE', 'services:\n  web:\n    image: a:§${TAG:?which one}\n'],
  [
    'a required variable within a default',
    'COMPOSE_VARIABLE',
    'services:\n  web:\n    image: a:${TAG:-§${B?x}}\n',
  ],
  // References
  ['an undefined network', 'COMPOSE_UNDEFINED', 'services:\n  web:\n    image: a\n    networks: [§front]\n'],
  [
    'an undefined volume',
    'COMPOSE_UNDEFINED',
    'services:\n  web:\n    image: a\n    volumes: [§"data:/data"]\n',
  ],
  ['an undefined secret', 'COMPOSE_UNDEFINED', 'services:\n  web:\n    image: a\n    secrets: [§key]\n'],
  [
    'an undefined config',
    'COMPOSE_UNDEFINED',
    'services:\n  web:\n    image: a\n    configs:\n      - source: §conf\n',
  ],
  [
    'an undefined dependency',
    'COMPOSE_UNDEFINED',
    'services:\n  web:\n    image: a\n    depends_on: [§db]\n',
  ],
  [
    'a namespace of nobody',
    'COMPOSE_UNDEFINED',
    'services:\n  web:\n    image: a\n    network_mode: §service:db\n',
  ],
  [
    'a dependency that a profile leaves out',
    'COMPOSE_UNDEFINED',
    'services:\n  web:\n    image: a\n    depends_on: [§db]\n  db:\n    image: b\n    profiles: [x]\n',
  ],
  [
    'a service that depends on itself',
    'COMPOSE_DEPENDENCY_CYCLE',
    'services:\n  web:\n    image: a\n    depends_on: [§web]\n',
  ],
  [
    'services that depend on each other',
    'COMPOSE_DEPENDENCY_CYCLE',
    'services:\n  a:\n    image: a\n    depends_on: [b]\n  b:\n    image: a\n    depends_on: [§a]\n',
  ],
  [
    'a service that extends nobody',
    'COMPOSE_EXTENDS_UNKNOWN',
    'services:\n  web:\n    extends:\n      service: §base\n',
  ],
  [
    'services that extend each other',
    'COMPOSE_EXTENDS_CYCLE',
    'services:\n  a:\n    image: a\n    extends: b\n  b:\n    extends: §a\n',
  ],
  [
    'extends without a service',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    extends:\n      §file: a.yaml\n',
  ],
  ['an include that is not there', 'COMPOSE_NOT_FOUND', 'include:\n  - §other.yaml\nservices: {}\n'],
  ['an include of itself', 'COMPOSE_INCLUDE_CYCLE', 'include:\n  - §compose.yaml\nservices: {}\n'],
  [
    'an include from a repository',
    'COMPOSE_REMOTE',
    'include:\n  - §https://example.org/a.git\nservices: {}\n',
  ],
  [
    'an env file that is not there',
    'COMPOSE_ENV_FILE_MISSING',
    'services:\n  web:\n    image: a\n    env_file: §a.env\n',
  ],
  [
    'an env file of unknown format',
    'COMPOSE_ENV_FILE_FORMAT',
    'services:\n  web:\n    image: a\n    env_file:\n      - path: a.env\n        format: §json\n',
  ],
  // What does not fit together
  ['a service without an image', 'COMPOSE_NO_IMAGE', 'services:\n  §web:\n    command: a\n'],
  [
    'a network mode beside networks',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    image: a\n    §network_mode: host\n    networks: [default]\nnetworks:\n  default: {}\n',
  ],
  [
    'a container name for two',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    image: a\n    §container_name: web\n    scale: 2\n',
  ],
  [
    'two counts of replicas',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    image: a\n    scale: §2\n    deploy: {replicas: 3}\n',
  ],
  [
    'two limits of memory',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    image: a\n    mem_limit: §1g\n    deploy: {resources: {limits: {memory: 2g}}}\n',
  ],
  [
    'two mounts at one place',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    image: a\n    tmpfs: /a\n    volumes: [§"./b:/a"]\n',
  ],
  [
    'an external volume with a driver',
    'COMPOSE_CONFLICT',
    'services: {}\nvolumes:\n  a:\n    external: true\n    §driver: local\n',
  ],
  [
    'two names of an external network',
    'COMPOSE_CONFLICT',
    'services: {}\nnetworks:\n  a:\n    name: b\n    external: {name: §c}\n',
  ],
  [
    'a config of two contents',
    'COMPOSE_CONFLICT',
    'services: {}\nconfigs:\n  a:\n    file: b\n    §content: c\n',
  ],
  ['a secret of nothing', 'COMPOSE_MISSING_KEY', 'services: {}\nsecrets:\n  a:\n    §name: b\n'],
  [
    'a probe that is no probe',
    'COMPOSE_VALUE',
    'services:\n  web:\n    image: a\n    healthcheck: {test: [§curl, -f]}\n',
  ],
  [
    'a sync without a target',
    'COMPOSE_MISSING_KEY',
    'services:\n  web:\n    image: a\n    develop:\n      watch:\n        - path: .\n          action: §sync\n',
  ],
  [
    'two Dockerfiles',
    'COMPOSE_CONFLICT',
    'services:\n  web:\n    build:\n      dockerfile: a\n      §dockerfile_inline: FROM b\n',
  ],
];

test.each(cases)('%s is %s at its place', async (_title, code, marked) => {
  const { text, place } = withoutMark(marked);
  const found = await mistakesOf(text);
  expect(found.map((mistake) => `${mistake.code} ${mistake.place}`)).toEqual([
    `${code} compose.yaml:${place}`,
  ]);
  expect(found[0]?.hint).toMatch(/./);
  expect(found[0]?.frame).toContain('^');
});
