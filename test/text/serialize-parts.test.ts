import * as assert from 'uvu/assert';
import { renderJson, renderYaml } from '../../src/text/serialize.ts';
import { jsonParts, yamlParts } from '../../src/text/serialize-parts.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('a\nb\n', ' \n x', '\u202e', '', '\n\n', '- a: b'),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value')),
  ),
}));

suite('an object in parts', (test) => {
  test('has the same JSON and YAML as in one piece', () =>
    fc.assert(
      fc.property(fc.dictionary(text, value, { minKeys: 1 }), (object) => {
        assert.is([...jsonParts(object)].join(''), renderJson([object]));
        assert.is([...yamlParts(object as Record<string, unknown>)].join(''), renderYaml([object]));
      }),
      runs(300),
    ));

  test('keeps every digit of a long number in YAML', () => {
    const object = { most: 2n ** 64n - 1n, list: [-(2n ** 63n)], text: '9007199254740993' };
    const yaml = `most: 18446744073709551615
list:
  - -9223372036854775808
text: '9007199254740993'
`;
    assert.is(renderYaml([object]), yaml);
    assert.is([...yamlParts(object)].join(''), yaml);
  });

  test('has a part for each entry of a long list', () => {
    const list = Array.from({ length: 5000 }, (_, index) => ({ name: `n${index}`, list: [index] }));
    for (const parts of [jsonParts, yamlParts]) {
      const longest = Math.max(
        ...[...parts({ list, nested: [{ list }] })].map(({ length }) => length),
      );
      assert.ok(longest < 200, `${longest}`);
    }
  });
});
