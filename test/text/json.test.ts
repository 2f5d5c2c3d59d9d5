import * as assert from 'uvu/assert';
import { hasMoreValues, parseBoundedJson } from '../../src/text/json.ts';
import { suite } from '../kit/suite.ts';

suite('counted values of a JSON text', (test) => {
  test('do not include commas and brackets within strings', () => {
    const strings = JSON.stringify(Array(10).fill(`${','.repeat(200)}\\"[{`));
    assert.not(hasMoreValues(strings, 20));
    assert.ok(hasMoreValues(strings.replaceAll('"', ''), 20));
    assert.ok(hasMoreValues(`["${'\\'.repeat(30)}",${'1,'.repeat(30)}1]`, 20));
    // A string without an end is not counted, because it is invalid JSON, which the parser rejects.
    assert.not(hasMoreValues(`"${','.repeat(100)}`, 20));
  });

  test('stay below the limit for 500 pods of a node, but not for 800', () => {
    const pod = { values: Object.fromEntries(Array.from({ length: 1_400 }, (_, i) => [i, 1])) };
    assert.ok('value' in parseBoundedJson(JSON.stringify(Array(500).fill(pod))));
    const more = parseBoundedJson(JSON.stringify(Array(800).fill(pod)));
    assert.equal(more, { problem: 'more than 1000000 values' });
  });
});
