import * as assert from 'uvu/assert';
import { fleetNote } from '../../../src/commands/grant/version-note.ts';
import type { Node } from '../../../src/objects.ts';
import { suite } from '../../kit/suite.ts';

const node = (name: string, kubeletVersion: string) =>
  ({ metadata: { name }, status: { nodeInfo: { kubeletVersion } } }) as Node;

suite('fleet', (test) => {
  test('readonly says on which nodes it opens less, and counts them if they are many', () => {
    const old = Array.from({ length: 7 }, (_, index) => node(`n${index}`, 'v1.31.14'));
    assert.match(
      fleetNote('readonly', [node('new', 'v1.37.2'), ...old]) ?? '',
      /^kubelets before 1\.33 .*: n0, n1, n2, n3, n4 and 2 more$/,
    );
  });

  test('new nodes, and profiles that no kubelet reads in another way, need no note', () => {
    assert.is(fleetNote('readonly', [node('a', 'v1.33.0'), node('b', '')]), undefined);
    assert.is(fleetNote('metrics', [node('a', 'v1.31.14')]), undefined);
  });
});
