import * as assert from 'uvu/assert';
import { TemplateError } from '../../src/text/jsonpath/template.ts';
import { compileTemplate, splitTemplate } from '../../src/text/output-template.ts';
import { type Printed, readRecorded } from '../differential/templates/kubectl.ts';
import { templateData } from '../differential/templates/template-data.ts';
import { suite } from '../kit/suite.ts';

function print(output: string, value: unknown = templateData, noHeaders = false): Printed {
  const { format, argument } = splitTemplate(output) ?? { format: 'jsonpath', argument: '' };
  try {
    return { printed: compileTemplate(format, argument)(value, { noHeaders }) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { refused: `error: ${error.message}` };
  }
}

const recorded = readRecorded();

suite('a template', (test) => {
  test('prints the output or the error message of kubectl', () => {
    for (const [output, printed] of Object.entries(recorded))
      assert.equal(print(output), printed, output);
  });

  test('compares whole numbers with fractions, although kubectl does not', () => {
    const value = { list: [{ cores: 1 }, { cores: 1.5 }, { cores: 18_446_744_073_709_551_615n }] };
    assert.equal(print('jsonpath={.list[?(@.cores>1)].cores}', value), {
      printed: '1.5 18446744073709551615',
    });
    assert.equal(print('jsonpath={.list[?(@.count==1)].count}', { list: [{ count: 1n }] }), {
      printed: '1',
    });
  });

  test('selects items that have a field even if the filter has a superfluous word after the field', () => {
    assert.equal(print('jsonpath={.nodes[?(@.none word)].name}'), { printed: 'node-1' });
    for (const filter of ['@.missing word', '@.missing end', '@.name end'])
      assert.equal(print(`jsonpath={.nodes[?(${filter})].name}`), { printed: '' }, filter);
  });

  test('finds values after an empty list, although kubectl leaves them out', () => {
    const value = { nodes: [{ tags: ['a'] }, { tags: [] }, { tags: ['b'] }] };
    assert.equal(print('jsonpath={.nodes[*].tags[*]}', value), { printed: 'a b' });
  });

  test('prints numbers of any size exactly, and leaves out undefined values', () => {
    const value = { most: 18_446_744_073_709_551_615n, nothing: undefined };
    assert.equal(print('jsonpath={.most}', value), { printed: '18446744073709551615' });
    assert.equal(print('jsonpath={9007199254740993}', value), { printed: '9007199254740993' });
    assert.equal(print('jsonpath={}', value), { printed: '{"most":18446744073709551615}' });
    assert.equal(print('custom-columns=A:.most,B:.nothing', value), {
      printed: 'A                      B\n18446744073709551615   <none>\n',
    });
  });

  test('escapes control characters in texts of a server', () => {
    const value = { text: 'a\x1b[2J\rb\nc' };
    assert.equal(print('jsonpath={.text}', value), { printed: 'a\\x1b[2J\\x0db\nc' });
    assert.equal(print('jsonpath={}', value), { printed: '{"text":"a\\u001b[2J\\rb\\nc"}' });
    assert.equal(print('custom-columns=A:.text', value), { printed: 'A\na\\x1b[2J\\x0db\\x0ac\n' });
  });

  test('prints a row for each item of a list, with or without a head', () => {
    const value = { items: [{ name: 'a' }, { name: 'b' }] };
    assert.equal(print('custom-columns=NAME:.name', value), { printed: 'NAME\na\nb\n' });
    assert.equal(print('custom-columns=NAME:.name', value, true), { printed: 'a\nb\n' });
    assert.equal(print('custom-columns=NAME:.name', { items: [] }), { printed: 'NAME\n' });
  });

  test('is recognized by the format before the equals sign', () => {
    assert.equal(splitTemplate('jsonpath={.a==1}'), { format: 'jsonpath', argument: '{.a==1}' });
    assert.equal(splitTemplate('custom-columns'), { format: 'custom-columns', argument: '' });
    for (const output of ['json', 'jsonpath2={.a}', 'toString=', ''])
      assert.is(splitTemplate(output), undefined);
  });
});
