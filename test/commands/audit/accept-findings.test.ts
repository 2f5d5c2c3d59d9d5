import * as assert from 'uvu/assert';
import {
  type Accepted,
  parseAccepted,
  withoutAccepted,
} from '../../../src/commands/audit/accept-findings.ts';
import { findingsOf, onNode } from '../../../src/commands/audit/finding.ts';
import { suite } from '../../kit/suite.ts';

const prometheus = 'serviceaccount:monitoring:prometheus';
const binding = (name: string, part: string) => ({
  ...{ kind: 'ClusterRoleBinding' as const, name, part },
  evidence: `${part} has nodes/proxy`,
});
const findings = findingsOf([
  { id: 'KA402', place: binding('prometheus', prometheus) },
  { id: 'KA402', place: binding('agents', 'serviceaccount:agents:one') },
  { id: 'KA105', place: onNode('node-1', 'on') },
]);
const now = Date.parse('2026-11-28T11:59:00Z');
const left = (accepted: readonly Accepted[]) => {
  const sorted = withoutAccepted(findings, accepted, now);
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

suite('accepted findings of an audit', (test) => {
  test('are left out everywhere, or in one place: of a subject, a binding or a node', () => {
    assert.equal(left([]).findings, all);
    assert.equal(left([{ rule: 'KA402' }]).findings, all.slice(2));
    assert.equal(left([{ rule: 'KA402', where: prometheus }]).findings, all.slice(1));
    assert.equal(left([{ rule: 'KA402', where: 'agents' }]).findings, [all[0], all[2]]);
    assert.equal(left([{ rule: 'KA105', where: 'node-1' }]).findings, all.slice(0, 2));
    assert.equal(left([{ rule: 'KA105', where: 'node-2' }]).findings, all);
  });

  test('are reported with their reasons', () => {
    const entry = {
      rule: 'KA402',
      where: prometheus,
      reason: 'chart 70',
      until: '2027-01-31',
    } as const;
    assert.equal(left([entry]).accepted, [{ ...entry, places: [prometheus] }]);
    assert.equal(left([entry]).notes, []);
  });

  test('count until the end of their day, wherever that is, and are noted then, and where they match nothing', () => {
    const until = (day: string) => left([{ rule: 'KA402', reason: 'soon', until: day }]);
    assert.equal(until('2026-11-27').findings, all.slice(2));
    assert.equal(until('2026-11-26').findings, all);
    assert.equal(until('2026-11-26').notes, ['KA402 was accepted until 2026-11-26']);
    const other = { rule: 'KA401', reason: 'never', until: '2027-01-31' } as const;
    assert.equal(left([other]).notes, ['KA401 is accepted, and not found']);
    // On a command line that is for many clusters.
    assert.equal(left([{ rule: 'KA401' }]).notes, []);
  });

  for (const [title, value, problem] of [
    ['another shape', [], /^f\.yaml: /],
    ['no reason', { accepted: [{ rule: 'KA402', until: '2027-01-31' }] }, /accepted\[0\]\.reason/],
    ['an empty reason', entryOf({ reason: ' ' }), /accepted\[0\]\.reason: must say why/],
    ['no date', entryOf({ until: 'soon' }), /accepted\[0\]\.until: must be a date/],
    ['no day', entryOf({ until: '2027-13-31' }), /accepted\[0\]\.until: must be a date/],
    [
      'no rule',
      entryOf({ rule: 'KA999' }),
      /accepted\[0\]\.rule: "KA999" is not the id of an audit rule/,
    ],
  ] as const)
    test(`of a file are refused: ${title}`, () => {
      assert.throws(
        () => parseAccepted(value, 'f.yaml'),
        (error: Error) => {
          assert.match(error.message, problem);
          return true;
        },
      );
    });

  test('of a file are read in any case of letters', () =>
    assert.equal(parseAccepted(entryOf({ rule: 'ka402' }), 'f')[0]?.rule, 'KA402'));
});

function entryOf(fields: object) {
  return { accepted: [{ rule: 'KA402', reason: 'x', until: '2027-01-31', ...fields }] };
}
