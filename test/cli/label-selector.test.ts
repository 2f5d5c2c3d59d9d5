import * as assert from 'uvu/assert';
import { parseLabelSelector } from '../../src/cli/label-selector.ts';
import { UsageFailure } from '../../src/errors.ts';
import { fill, growth } from '../kit/growth.ts';
import { suite } from '../kit/suite.ts';

const select = (selector: string) => parseLabelSelector('--selector', selector);

// Cases of kubectl's TestLexer, TestToken and TestMatches.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apimachinery/pkg/labels/selector_test.go
suite('a label selector', (test) => {
  for (const [selector, matching, others] of [
    ['x=y', [{ x: 'y' }, { x: 'y', z: 'w' }], [{ x: 'z' }, { y: 'x' }, {}]],
    ['x==y', [{ x: 'y' }], [{ x: 'z' }, {}]],
    ['x = y', [{ x: 'y' }], [{ x: ' y' }]],
    [' x == y ', [{ x: 'y' }], [{}]],
    ['x=y,z=w', [{ x: 'y', z: 'w' }], [{ x: 'y' }, { z: 'w' }, { x: 'z', z: 'w' }]],
    ['x=y , z=w', [{ x: 'y', z: 'w' }], [{ x: 'y' }]],
    ['x!=y', [{ x: 'z' }, {}, { z: 'y' }], [{ x: 'y' }]],
    ['x!=y,z!=w', [{ x: 'z', z: 'a' }, {}], [{ x: 'y', z: 'a' }, { z: 'w' }]],
    ['x=', [{ x: '' }], [{ x: 'y' }, {}]],
    ['x==', [{ x: '' }], [{}]],
    ['x!=', [{ x: 'y' }, {}], [{ x: '' }]],
    ['x=,z= ', [{ x: '', z: '' }], [{ x: '' }]],
    ['x', [{ x: 'y' }, { x: '' }], [{ y: 'x' }, {}]],
    ['!x', [{ y: 'z' }, {}], [{ x: '' }, { x: 'z' }]],
    ['! x', [{}], [{ x: '' }]],
    ['x,!y', [{ x: '' }], [{ x: '', y: '' }, {}]],
    ['x in (y)', [{ x: 'y' }], [{ x: 'z' }, {}]],
    ['x in (y,z)', [{ x: 'y' }, { x: 'z' }], [{ x: 'w' }, {}]],
    ['x in(y,z)', [{ x: 'z' }], [{}]],
    ['x in ( y , z )', [{ x: 'y' }, { x: 'z' }], [{ x: ' y ' }]],
    ['x in ()', [{ x: '' }], [{ x: 'y' }, {}]],
    ['x in (,y)', [{ x: '' }, { x: 'y' }], [{ x: 'z' }, {}]],
    ['x notin (y,z)', [{ x: 'w' }, {}], [{ x: 'y' }, { x: 'z' }]],
    ['x notin (y), x', [{ x: 'z' }], [{ x: 'y' }, {}]],
    ['x in (a,b),y notin (c),z=d', [{ x: 'a', z: 'd' }], [{ x: 'a', y: 'c', z: 'd' }, { z: 'd' }]],
    ['x>1', [{ x: '2' }, { x: '10' }], [{ x: '1' }, { x: '0' }, { x: 'a' }, { x: '' }, {}]],
    ['x > 1', [{ x: '2' }], [{ x: '1' }]],
    ['x<7', [{ x: '6' }, { x: '-1' }], [{ x: '7' }, { x: '8' }, {}]],
    ['x>1,x<3', [{ x: '2' }], [{ x: '1' }, { x: '3' }]],
    ['x<-1', [{ x: '-2' }], [{ x: '0' }]],
    ['app.kubernetes.io/name=nginx', [{ 'app.kubernetes.io/name': 'nginx' }], [{ name: 'nginx' }]],
    ['!a.b/c_d,in=1,notin=2', [{ in: '1', notin: '2' }], [{ in: '1', notin: '2', 'a.b/c_d': '' }]],
    // Properties that every JavaScript object inherits are not labels.
    ['constructor', [{ constructor: 'a' }], [{}]],
    ['!toString,constructor!=a', [{}], [{ toString: '' }]],
  ] as const)
    test(`selects matching labels only: ${selector}`, () => {
      const isSelected = select(selector);
      for (const labels of matching) assert.ok(isSelected(labels), JSON.stringify(labels));
      for (const labels of others) assert.not.ok(isSelected(labels), JSON.stringify(labels));
    });

  for (const selector of [
    ...['', ' ', ',', 'x,', ',x', 'x,,y', '=y', '!=y', '!', '!!x', '!x=y', 'x=y=z', 'x===y'],
    ...['x y', 'x=y z', 'x in', 'x in y', 'x in (y', 'x in y)', 'x in ((y))', 'x notin', 'xin (y)'],
    ...['x>', 'x>a', 'x<1.5', 'x>1<3', 'x=>1', '>1', 'x=a/b', 'a/b/c=d', '/x=y', 'x/=y'],
    ...[`${'x'.repeat(64)}=y`, `x=${'y'.repeat(64)}`, `x in (a,${'y'.repeat(64)})`, 'x in (a b)'],
    ...['x={y}', 'x="y"', 'ä=b', 'x\n=y;'],
  ])
    test(`is invalid: ${JSON.stringify(selector)}`, () =>
      assert.throws(
        () => select(selector),
        (error: unknown) =>
          error instanceof UsageFailure &&
          error.message ===
            `invalid --selector value "${selector}": must be a label selector such as app=web,tier!=db`,
      ));

  test('is parsed in linear time', () => {
    for (const piece of [',', '(', ')', 'a,', 'a in (', 'x),', 'a in (a),', 'a in (a,'])
      assert.is(
        growth(attempt, (length) => fill(piece, length)),
        undefined,
        piece,
      );
  });
});

/** Parses a text that may be an invalid selector. */
function attempt(text: string): void {
  try {
    select(text);
  } catch (error) {
    if (!(error instanceof UsageFailure)) throw error;
  }
}
