import * as assert from 'uvu/assert';
import { isFound } from '../../src/known.ts';
import {
  checkedMinor,
  checksAs,
  dependsOnGate,
  gateByAnswer,
  gateNotes,
  showsGateOff,
} from '../../src/kubelet/finer-permissions.ts';
import { suite } from '../kit/suite.ts';

const configz = (featureGates?: object) => ({
  status: 200,
  text: JSON.stringify({ kubeletconfig: { ...(featureGates && { featureGates }) } }),
});
const denied = (subresources: string) => ({
  status: 403,
  text: `Forbidden (user=jane, verb=get, resource=nodes, ${subresources})\n`,
});

suite('finer permissions of a kubelet', (test) => {
  test('depend on its feature gate only from 1.32 to 1.35', () => {
    const minors = [31, 32, 33, 34, 35, 36, 37, Number.POSITIVE_INFINITY];
    assert.equal(minors.filter(dependsOnGate), [32, 33, 34, 35]);
    assert.equal(
      minors.map((minor) => checksAs(minor, false)),
      [31, 32, 32, 32, 32, 36, 37, Number.POSITIVE_INFINITY],
    );
    assert.equal(
      minors.map((minor) => checksAs(minor, true)),
      [31, 33, 33, 34, 35, 36, 37, Number.POSITIVE_INFINITY],
    );
  });

  for (const [what, answer, minor, expected] of [
    ['off by the gate in /configz', configz({ KubeletFineGrainedAuthz: false }), 34, false],
    ['on by the gate in /configz', configz({ KubeletFineGrainedAuthz: true }), 32, true],
    ['on by default as beta', configz(), 33, true],
    ['off by default as alpha', configz({}), 32, false],
    ['off by AllBeta', configz({ AllBeta: false }), 35, false],
    ['on by AllAlpha', configz({ AllAlpha: true, AllBeta: false }), 32, true],
    [
      'on by its own gate in spite of AllBeta',
      configz({ AllBeta: false, KubeletFineGrainedAuthz: true }),
      35,
      true,
    ],
    ['on by a denial that names configz', denied('subresource(s)=[configz proxy]'), 34, true],
    ['off by a denial that names only proxy', denied('subresource(s)=[proxy]'), 34, false],
    ['off by an old denial that names only proxy', denied('subresource=proxy'), 33, false],
    ['unknown without a configuration', { status: 200, text: 'ok' }, 34, undefined],
    [
      'unknown if /configz is not served',
      { status: 404, text: '404 page not found\n' },
      34,
      undefined,
    ],
    ['unknown if another server denies it', { status: 403, text: 'no' }, 34, undefined],
  ] as const)
    test(`are read from its response: ${what}`, () => {
      const gate = gateByAnswer(answer, minor);
      assert.is(isFound(gate) ? gate.found : undefined, expected);
      assert.ok(isFound(gate) || gate.unknown !== '');
    });

  test('are off if a denial names only nodes/proxy', () => {
    const pods = { method: 'GET', path: '/pods/kubeletaccess' };
    const { text } = denied('subresource(s)=[proxy]');
    assert.ok(showsGateOff(text, pods, 34));
    assert.ok(showsGateOff(`the kubelet answered 403: ${text}`, pods, 33));
    // The denial does not show the state of the feature gate if the version lacks the gate, if the path has no finer permission, or if
    // the denial names a finer subresource.
    for (const minor of [31, 32, 37, undefined]) assert.not(showsGateOff(text, pods, minor));
    assert.not(showsGateOff(text, { method: 'GET', path: '/containerLogs/a/b/c' }, 34));
    assert.not(showsGateOff(denied('subresource(s)=[pods proxy]').text, pods, 34));
  });

  test('are assumed to be the default of the version if the kubelet does not answer', () => {
    const gate = { unknown: 'no-answer' };
    const [old, new_] = [32, 34].map((minor) => ({ node: `node-${minor}`, minor, gate }));
    assert.ok(old && new_);
    assert.equal([checkedMinor(old), checkedMinor(new_)], [32, 34]);
    assert.is(checkedMinor({ ...new_, gate: { found: false } }), 32);
    assert.equal(gateNotes([old, new_, { ...new_, node: 'on', gate: { found: true } }]), [
      'whether KubeletFineGrainedAuthz is on is unknown, and assumed as by default: node-32, node-34 (/configz: no-answer)',
    ]);
    assert.equal(gateNotes([{ ...old, gate: { found: true } }]), [
      'KubeletFineGrainedAuthz is on: kubelets check nodes/pods before nodes/proxy there: node-32',
    ]);
  });
});
