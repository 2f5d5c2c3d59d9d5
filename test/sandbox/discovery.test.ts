import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { absentKind, discovery } from './discovery.ts';

interface Groups {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

interface Resources {
  readonly resources: readonly { readonly name: string }[];
}

suite('discovery of the sandbox', (test) => {
  test('lists kinds that the sandbox lacks; a request for such a kind gets an error with its name', () => {
    const { groups } = discovery('/apis', 37) as Groups;
    const versions = groups.map(({ preferredVersion }) => preferredVersion.groupVersion);
    const names = new Map(
      ['v1', ...versions].map((version) => {
        const root = version === 'v1' ? '/api/v1' : `/apis/${version}`;
        const { resources } = discovery(root, 37) as Resources;
        return [root, resources.map(({ name }) => name)];
      }),
    );
    assert.ok(names.get('/apis/discovery.k8s.io/v1')?.includes('endpointslices'));
    const absent = [...names].flatMap(([root, all]) =>
      all.filter((name) => absentKind(`${root}/namespaces/default/${name}`) !== undefined),
    );
    assert.ok(absent.includes('deployments') && absent.includes('services'));
    assert.not.ok(absent.includes('nodes') || absent.includes('apiservices'));
    assert.match(
      absentKind('/apis/apps/v1/deployments') ?? '',
      /^this small cluster has no deployments: it has nodes, pods /,
    );
    assert.is(absentKind('/apis/apps/v1/nosuch'), undefined);
  });
});
