import importX from 'eslint-plugin-import-x';
import { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const machineModules = ['child_process', 'fs', 'fs/promises', 'net', 'dgram'];
const socketModules = ['net', 'dgram'];

/** The modules that only src/host may import, as `no-restricted-imports` wants them. */
function forbidden(names) {
  return names
    .flatMap((name) => [name, `node:${name}`])
    .map((name) => ({ name, message: 'Go through src/host: it is the one door to the machine.' }));
}

export default [
  { ignores: ['dist/', 'node_modules/', 'src/compose/generated/', 'bench/results/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({
    ...config,
    files: ['src/**/*.ts', 'test/**/*.ts'],
  })),
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-duplicates': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An async function without an await still turns a throw into a rejection, as its callers expect.
      '@typescript-eslint/require-await': 'off',
      // Node's own `Error` is not the only thing an abort signal carries.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
        { selector: 'TSParameterProperty', message: 'Declare the field and assign it.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/host/**',
      'src/cli/**',
      'src/dns/**',
      'src/api/**',
      'src/client/**',
      'src/network/ports/**',
    ],
    rules: {
      'no-restricted-imports': ['error', { paths: forbidden(machineModules) }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env' }],
    },
  },
  {
    files: [
      'src/dns/**/*.ts',
      'src/api/**/*.ts',
      'src/client/**/*.ts',
      'src/network/ports/**/*.ts',
      'src/cli/**/*.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: forbidden(machineModules.filter((name) => !socketModules.includes(name))) },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['vitest.config.ts', 'eslint.config.js'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['*.config.js', 'scripts/**/*.js', 'bench/**/*.js', 'bin/**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
    rules: { eqeqeq: ['error', 'always', { null: 'ignore' }], 'no-var': 'error', 'prefer-const': 'error' },
  },
];
