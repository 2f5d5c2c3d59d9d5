import * as assert from 'uvu/assert';
import { concurrentSuite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

/** Words of command lines whose next word is looked up by name. */
const places = [
  ...['', 'help', 'explain', 'get', 'top', 'diff', 'metrics', 'who-can', 'audit', 'completion'],
  ...['endpoints', 'narrow', 'certificates', 'status', 'grant', 'logs', 'grant --profile'],
  ...['revoke --profile', 'grant --subject', 'check', 'status -o', 'top pods --by'],
  ...['top pods --sort-by', 'get pods -l', 'curl --profile', 'curl /healthz --node', 'curl -H'],
  ...['curl -X', 'get pods --context', 'get pods --user', 'node-logs -u', 'who-used -f'],
  ...['__complete get', '__complete grant --subject', 'metrics --filter'],
];

concurrentSuite('a word that is a property of every JavaScript object', (test) => {
  for (const place of places)
    test(`does not crash the program ${place ? `after "${place}"` : 'as a command'}`, () =>
      withSandbox({ nodes: ['none'] }, async (_, tool) => {
        for (const name of names) {
          const { code, stderr } = await tool([...place.split(' ').filter(Boolean), name]);
          assert.is.not(code, 70, `${name}: ${stderr}`);
        }
      }));
});
