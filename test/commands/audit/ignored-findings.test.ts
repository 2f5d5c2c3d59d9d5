import * as assert from 'uvu/assert';
import {
  groupFindings,
  type Ignored,
  violation,
  violationOn,
  withoutIgnored,
} from '../../../src/commands/audit/finding.ts';
import { suite } from '../../kit/suite.ts';

const prometheus = 'serviceaccount:monitoring:prometheus';
const binding = (name: string, part: string) => ({
  ...{ kind: 'ClusterRoleBinding' as const, name, part },
  observation: `${part} has nodes/proxy`,
});
const findings = groupFindings([
  violation('KA402', binding('prometheus', prometheus)),
  violation('KA402', binding('agents', 'serviceaccount:agents:one')),
  violationOn('node-1', 'KA105', 'on'),
]);
const left = (ignored: readonly Ignored[]) => {
  const sorted = withoutIgnored(findings, ignored);
  return {
    ...sorted,
    findings: sorted.findings.flatMap(({ id, places }) =>
      places.map(({ name, part }) => `${id} ${part ?? name}`),
    ),
  };
};
const all = [
  'KA402 serviceaccount:monitoring:prometheus',
  'KA402 serviceaccount:agents:one',
  'KA105 node-1',
];

suite('ignored findings of an audit', (test) => {
  test('are left out for all objects, or only for the named subject, binding or node', () => {
    assert.equal(left([]).findings, all);
    assert.equal(left([{ rule: 'KA402' }]).findings, all.slice(2));
    assert.equal(left([{ rule: 'KA402', scope: prometheus }]).findings, all.slice(1));
    assert.equal(left([{ rule: 'KA402', scope: 'agents' }]).findings, [all[0], all[2]]);
    assert.equal(left([{ rule: 'KA105', scope: 'node-1' }]).findings, all.slice(0, 2));
    assert.equal(left([{ rule: 'KA105', scope: 'node-2' }]).findings, all);
  });

  test('are listed in `accepted`, with the objects that they are about', () =>
    assert.equal(left([{ rule: 'KA402', scope: prometheus }]).accepted, [
      { rule: 'KA402', scope: prometheus, placeNames: [prometheus] },
    ]));
});
