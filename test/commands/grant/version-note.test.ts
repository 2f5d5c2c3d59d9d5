import * as assert from 'uvu/assert';
import { fleetNotes } from '../../../src/commands/grant/gather.ts';
import type { Node } from '../../../src/objects.ts';
import { type ProfileName, profileNames } from '../../../src/rbac/profiles.ts';
import { suite } from '../../kit/suite.ts';

const node = (name: string, kubeletVersion: string) =>
  ({ metadata: { name }, status: { nodeInfo: { kubeletVersion } } }) as Node;

suite('version note', (test) => {
  test('names paths that profile readonly does not allow on old kubelets, and at most five old nodes', () => {
    const old = Array.from({ length: 7 }, (_, index) => node(`n${index}`, 'v1.31.14'));
    assert.is(
      fleetNotes('readonly', [node('new', 'v1.37.2'), ...old]).join(),
      'note: kubelets before 1.33 require nodes/proxy for /healthz, /configz, /pods, /runningpods, which profile readonly does not open there: n0, n1, n2, n3, n4 and 2 more',
    );
  });

  test('is absent for new kubelets, and for profiles that allow the same paths on every version', () => {
    assert.equal(fleetNotes('readonly', [node('a', 'v1.33.0'), node('b', '')]), []);
    const isNoted = (name: ProfileName) => fleetNotes(name, [node('a', 'v1.31.14')]).length > 0;
    assert.equal(profileNames.filter(isNoted), ['readonly']);
  });
});
