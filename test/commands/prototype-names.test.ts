import * as assert from 'uvu/assert';
import { concurrentSuite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

/** Where a word is typed that is looked up. */
const places: readonly (readonly string[])[] = [
  ...[[], ['help'], ['explain'], ['get'], ['top'], ['diff'], ['metrics'], ['who-can'], ['audit']],
  ...[['completion'], ['endpoints'], ['narrow'], ['certificates'], ['status'], ['grant'], ['logs']],
  ...[
    ['grant', '--profile'],
    ['revoke', '--profile'],
    ['grant', '--subject'],
    ['status', '--for'],
  ],
  ...[
    ['status', '-o'],
    ['top', 'pods', '--by'],
    ['top', 'pods', '--sort-by'],
    ['get', 'pods', '-l'],
  ],
  ...[
    ['curl', '--profile'],
    ['curl', '/healthz', '--node'],
    ['curl', '-H'],
    ['curl', '-X'],
  ],
  ...[
    ['get', 'pods', '--context'],
    ['get', 'pods', '--user'],
    ['node-logs', '-u'],
    ['who-used', '-f'],
  ],
  ...[
    ['__complete', 'get'],
    ['__complete', 'grant', '--subject'],
    ['metrics', '--filter'],
  ],
].map((words) => words as readonly string[]);

concurrentSuite('a word that every object has', (test) => {
  for (const place of places)
    test(`is one like any other: ${place.join(' ') || 'as a command'}`, () =>
      withSandbox({ nodes: ['none'] }, async (_, tool) => {
        for (const name of names) {
          const { code, stderr } = await tool([...place, name]);
          assert.is.not(code, 70, `${name}: ${stderr}`);
        }
      }));
});
