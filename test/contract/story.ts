import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import type { Result } from '../kit/tool.ts';
import {
  allRbac,
  apiGroup,
  binding,
  bindingPath,
  bindingTitle,
  essence,
  eventually,
  granted,
  grantedBinding,
  grantedRole,
  revoked,
  role,
  rolePath,
  roleTitle,
  succeed,
  textOf,
  withUserRules,
} from './rbac.ts';
import { startRecorder } from './recorder.ts';
import type { World } from './world.ts';

const servedPaths = [
  ...'/stats/summary|/metrics|/metrics/cadvisor|/metrics/resource'.split('|'),
  ...'/metrics/probes|/logs/|/debug/pprof/cmdline|/pods|/configz|/healthz'.split('|'),
];

const mayWrite = (...verbs: readonly string[]) => [
  { apiGroups: [apiGroup], resources: ['clusterroles', 'clusterrolebindings'], verbs },
];

/** Adds a suite of tests that run in order on one cluster. Each test begins with the state that the previous test left. */
export function story(world: World): void {
  const forbidden = world.minor <= 31 ? 'subresource=' : 'subresource(s)=[';
  let before: unknown;

  suite(`${world.title}: the story`, (test) => {
    test('kubectl logs is denied with the message of the kubelet', async () => {
      before = await allRbac(world);
      const { code, stderr } = await world.logs();
      assert.is(code, 1);
      assert.match(
        stderr,
        `Forbidden (user=Kubernetes, verb=get, resource=nodes, ${forbidden}proxy`,
      );
    });

    test('status exits with 3, and prints the missing objects, the denied user and the command that grants access', async () => {
      const result = await world.tool(['status']);
      assert.is(result.code, 3, textOf(result));
      assert.match(result.stdout, /clusterrole\/system:kube-apiserver-to-kubelet +absent/);
      assert.match(result.stdout, /clusterrolebinding\/system:kube-apiserver +absent/);
      assert.match(result.stdout, /caller -> apiserver +admin +ok/);
      // kubectl logs needs this permission.
      assert.match(
        result.stdout,
        /apiserver -> kubelets +Kubernetes +forbidden: get nodes\/proxy\n/,
      );
      assert.match(result.stdout, /caller -> kubelets +admin +ok/);
      assert.match(result.stdout, /run: kubectl kubeletaccess grant/);
    });

    test('grant writes nothing and prints the missing permission if the caller may write roles, but lacks nodes/proxy', async () => {
      const args = ['grant', '--subject', 'user:Kubernetes', '--allow-exec'];
      const missing = /\n(missing: nodes\/\w+ \(all verbs\)\n){5}/;
      const all = await allRbac(world);
      await withUserRules(world, 'dev', mayWrite('create', 'get'), async () => {
        let result = await world.tool(args, 'dev');
        await eventually(world, async () => {
          result = await world.tool(args, 'dev');
          return result.stderr.includes('is attempting to grant RBAC permissions');
        });
        assert.match(
          result.stderr,
          /^Error from server \(Forbidden\): clusterroles\.rbac\.authorization\.k8s\.io "system:kube-apiserver-to-kubelet" is forbidden: user "dev" \(groups=/m,
        );
        assert.match(result.stderr, missing);
      });
      // With escalate on the role, the API server denies only the binding.
      await withUserRules(world, 'dev', mayWrite('create', 'get', 'escalate'), async () => {
        let result = await world.tool(args, 'dev');
        await eventually(world, async () => {
          result = await world.tool(args, 'dev');
          return result.stderr.includes('you have neither "bind" on ClusterRole');
        });
        assert.match(result.stderr, missing);
        assert.match(result.stderr, / --verb=bind --resource=clusterroles --resource-name=/);
      });
      assert.equal(await allRbac(world), all);
    });

    test('a dry run prints a role and a binding that the API server accepts, and creates nothing', async () => {
      const result = await succeed(world, ['grant', '--dry-run=client', '-o', 'yaml']);
      assert.equal(loadAll(result.stdout), [role, binding]);
      const applied = await world.applyDryRun(result.stdout);
      assert.is(applied.code, 0, textOf(applied));
      const server = await world.tool(['grant', '--dry-run=server']);
      assert.is(
        server.stdout,
        `${roleTitle} created (server dry run)\n${bindingTitle} created (server dry run)\n`,
      );
      assert.equal(await allRbac(world), before);
    });

    test('grant creates a role and a binding for the detected user; a second grant changes nothing', async () => {
      const first = await succeed(world, ['grant']);
      granted(first, 'created', 'created');
      assert.equal(await essence(world, rolePath), grantedRole);
      assert.equal(await essence(world, bindingPath), await grantedBinding(world));
      const second = await succeed(world, ['grant']);
      granted(second, 'unchanged', 'unchanged');
    });

    test('kubectl logs works once the cached denial of the kubelet has expired', async () => {
      await eventually(world, async () => (await world.logs()).stdout.includes('hello from web'));
    });

    test('status exits with 0 and shows that both paths reach every node', async () => {
      let result: Result | undefined;
      await eventually(world, async () => {
        result = await world.tool(['status']);
        // A kubelet may still cache a denial of one of the permissions.
        return result.code === 0 && !result.stdout.includes('\nACCESS');
      });
      assert.match(result?.stdout ?? '', /node-1 .* ok +ok\n.*node-2 .* ok +ok\n/s);
      assert.ok(
        (result?.stdout ?? '').split('\n').length <= 17,
        `sixteen lines when all is well:\n${result?.stdout}`,
      );
    });

    for (const path of servedPaths)
      test(`curl ${path} prints byte for byte what the kubelet sent`, async () => {
        const recorder = await startRecorder(world, 'node-1');
        try {
          await withFiles({ 'ca.pem': recorder.authority.cert }, async (folder) => {
            const ca = ['--kubelet-certificate-authority', join(folder, 'ca.pem')];
            const args = ['curl', path, '--kubelet-address', recorder.address, ...ca];
            const watched = await succeed(world, args);
            assert.ok(recorder.body().length > 0);
            const isSame = watched.bytes.equals(recorder.body());
            assert.ok(isSame, 'stdout differs from what the kubelet sent');
          });
        } finally {
          await recorder.stop();
        }
        const node = await succeed(world, ['curl', path, '--node', 'node-1']);
        assert.ok(node.bytes.length > 0);
        const proxied = await succeed(world, `curl ${path} --node node-1 --via apiserver`);
        assert.ok(proxied.bytes.length > 0);
        if (['/healthz', '/configz', '/logs/', '/debug/pprof/cmdline'].includes(path))
          assert.ok(proxied.bytes.equals(node.bytes), 'the two paths differ');
      });

    test('curl reaches the named node', async () => {
      for (const node of ['node-1', 'node-2']) {
        const { stdout } = await world.tool(['curl', '/stats/summary', '--node', node]);
        assert.is((JSON.parse(stdout) as { node: { nodeName: string } }).node.nodeName, node);
      }
    });

    test('certificates lists the certificate of each kubelet, and writes the CA that verifies it', async () => {
      const result = await succeed(world, 'certificates --node node-1,node-2 -o json');
      const { items } = JSON.parse(result.stdout) as { items: Record<string, unknown>[] };
      assert.equal(
        items.map(({ node, commonName, named, verification }) => [
          node,
          commonName,
          named,
          verification,
        ]),
        ['node-1', 'node-2'].map((node) => [node, `system:node:${node}`, 'all', 'yes']),
      );
      const bundle = await world.tool(['certificates', '--ca-bundle', '-']);
      const pem = bundle.stdout.replace(/^#.*\n/, '');
      assert.is(pem.replaceAll(/\s/g, ''), world.ca.replaceAll(/\s/g, ''), textOf(bundle));
    });

    test('POST /checkpoint reaches the kubelet only with --allow-unsafe', async () => {
      const args = ['curl', '-X', 'POST', '/checkpoint/default/web/web', '--node', 'node-1'];
      const timid = await world.tool(args);
      assert.is(timid.code, 2);
      assert.match(timid.stderr, /--allow-unsafe/);
      const meant = await world.tool([...args, '--allow-unsafe']);
      // On a machine without checkpoints, the container runtime returns an error through the kubelet.
      const reached = meant.code === 0 ? meant.stdout : meant.stderr;
      assert.match(
        reached,
        /"items":\["\/var\/lib\/kubelet\/checkpoints\/|checkpointing of default\/web\/web failed/,
      );
    });

    test('PUT /debug/flags/v reaches the kubelet with its body', async () => {
      const args = 'curl -X PUT -d 2 /debug/flags/v --node node-1 --allow-unsafe'.split(' ');
      const result = await world.tool(args);
      assert.is(result.stdout, 'successfully set klog.logging.verbosity to 2\n', textOf(result));
    });

    test('a 404 is reported with the message of the kubelet and leaves stdout empty', async () => {
      const result = await world.tool(['curl', '/nosuch', '--node', 'node-1']);
      assert.is(result.code, 1);
      assert.is(result.stdout, '');
      assert.match(
        result.stderr,
        /^error: the kubelet of node-1 at .* answered GET \/nosuch with 404: 404 page not found\n/,
      );
    });

    test('get prints rows of every type that kubelets of its version serve', async () => {
      const types = (await succeed(world, ['get'])).stdout.trimEnd().split('\n').slice(1);
      assert.ok(types.length > 5);
      for (const line of types) {
        const [type = ''] = line.split(' ');
        const [, since = '0'] = /since 1\.(\d+)/.exec(line) ?? [];
        const args = ['get', type, '-o', 'json', ...(/\bpods\b/.test(line) ? ['-A'] : [])];
        const result = await world.tool(args);
        const isServed = world.minor >= Number(since);
        assert.is(result.code, isServed ? 0 : 1, `${line}\n${textOf(result)}`);
        if (isServed) assert.match(result.stdout, /"node": "node-1"/, line);
      }
    });

    test('endpoints prints the table of paths', async () => {
      const { code, stdout } = await world.tool(['endpoints']);
      assert.is(code, 0);
      for (const path of servedPaths.filter(
        (path) => !path.startsWith('/logs') && !path.startsWith('/debug'),
      ))
        assert.match(stdout, new RegExp(`^${path} `, 'm'));
    });

    test('an error prints the denying server, the missing permission and the command that grants it', async () => {
      const { host, port } = await world.kubelet('node-1');
      const forbiddenNodes = (resource: string) =>
        `Error from server (Forbidden): nodes "node-1" is forbidden: User "dev" cannot get resource "${resource}"`;
      for (const [where, ...expected] of [
        [
          '--node node-1',
          forbiddenNodes('nodes'),
          /missing: user "dev" needs get on nodes\/proxy .*, or get on nodes and nodes\/stats.* and a direct path\n/,
          /hint: kubectl create clusterrole kubelet-nodes-stats:dev --verb=get --resource=nodes,nodes\/stats && /,
        ],
        [
          `--kubelet-address ${host}:${port}`,
          `Forbidden (user=dev, verb=get, resource=nodes, ${forbidden}stats`,
          'missing: get on nodes/stats for user "dev"',
          'hint: kubectl create clusterrole kubelet-stats:dev --verb=get --resource=nodes/stats',
        ],
        ['--node node-1 --via apiserver', forbiddenNodes('nodes/proxy')],
      ] as const) {
        const args = ['curl', '/stats/summary', ...where.split(' ')];
        const denied = await world.tool(args, 'dev');
        assert.equal([denied.code, denied.stdout], [1, ''], where);
        for (const words of expected) assert.match(denied.stderr, words);
      }
    });

    test('the permissions that the hint names are enough for the path, and allow no other path', async () => {
      const rules = [{ apiGroups: [''], resources: ['nodes', 'nodes/stats'], verbs: ['get'] }];
      await withUserRules(world, 'dev', rules, async () => {
        // node-2 has not denied dev anything yet, so its cache has no denial.
        await succeed(world, ['curl', '/stats/summary', '--node', 'node-2'], 'dev');
        const other = await world.tool(['curl', '/metrics', '--node', 'node-2'], 'dev');
        assert.match(
          other.stderr,
          `Forbidden (user=dev, verb=get, resource=nodes, ${forbidden}metrics`,
        );
      });
    });

    test('revoke prints the denial of the API server if the caller may not write', async () => {
      const result = await world.tool(['revoke'], 'dev');
      assert.is(result.code, 1);
      assert.match(result.stderr, 'Error from server (Forbidden): clusterrole');
    });

    test('revoke deletes only the role and binding that grant created; a second revoke has nothing to do', async () => {
      const first = await succeed(world, ['revoke']);
      revoked(first, 'deleted', 'deleted');
      assert.equal(await allRbac(world), before);
      const second = await succeed(world, ['revoke']);
      assert.is(second.stdout, '');
      assert.match(second.stderr, 'nothing to do: no matching grant found');
    });

    test('--wait ends once every kubelet allows access, even after a denial', async () => {
      const path = '/api/v1/nodes/node-1/proxy/healthz';
      await world.api('GET', path);
      const grant = await succeed(world, ['grant', '--wait']);
      assert.match(
        grant.stderr,
        /waiting for kubelets: 0\/2 nodes\n.*\n2 of 2 kubelets allow it\n$/s,
      );
      assert.is((await world.api('GET', path)).status, 200);
      const revoke = await world.tool(['revoke', '--wait=1ms']);
      assert.is(revoke.code, 1, textOf(revoke));
      assert.match(revoke.stdout, /NODE +STATE +REASON\nnode-1 /);
      assert.equal(await allRbac(world), before);
    });

    test('concurrent grants are all kept', async () => {
      const people = Array.from({ length: 20 }, (_, index) => `user:p${index}`);
      const grants = await Promise.all(
        people.map((who) => world.tool(['grant', '--profile', 'stats', '--subject', who])),
      );
      for (const grant of grants) assert.is(grant.code, 0, textOf(grant));
      const { stdout } = await succeed(world, ['grants', '-o', 'name']);
      for (const who of people) assert.match(stdout, `/kubeletaccess:stats:${who}\n`);
      await succeed(world, ['revoke', '--profile', 'stats']);
      assert.equal(await allRbac(world), before);
    });
  });
}
