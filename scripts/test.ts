// `npm test [-- PATTERN]`: types, lint, build, then all tests that do not need root. With a pattern: only test files whose path contains it.
import { globSync } from 'node:fs';
import { root } from './paths.ts';
import { npmRun, runSuite } from './run-suite.ts';

const pattern = process.argv[2] ?? '';
process.chdir(root);

if (pattern === '') for (const script of ['check', 'build']) npmRun(script);
await runSuite(
  globSync('test/**/*.test.ts')
    .sort()
    .filter((file) => file.includes(pattern)),
);
