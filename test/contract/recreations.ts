import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import type { Running } from '../kit/tool.ts';
import { atWrite, killedAt, meanwhile, throughGate } from './at-write.ts';
import type { Held } from './gate.ts';
import { leavingNothing } from './leaving-nothing.ts';
import {
  allRbac,
  binding,
  bindingPath,
  bindingTitle,
  essence,
  grantedBinding,
  makeBinding,
  put,
  rbac,
  remove,
  role,
  rolePath,
  roleTitle,
  stranger,
  told,
  viewRef,
} from './rbac.ts';
import { rbacRule, withRules } from './roles.ts';
import type { World } from './world.ts';

const key = 'kubeletaccess/recreating';
const recreate = ['grant', '--recreate', '--all-subjects'];
const ofView = { ...binding, roleRef: viewRef, subjects: [stranger, ...binding.subjects] };
const collection = 'clusterrolebindings';

/** That a binding which grant --recreate has deleted is there in the end, with all of its subjects. */
export function recreations(world: World): void {
  const recordOf = async () =>
    ((await world.api('GET', rolePath)).body as typeof role).metadata.annotations as
      | Record<string, string>
      | undefined;
  const subjectsOf = async () =>
    ((await world.api('GET', bindingPath)).body as typeof binding).subjects;
  /** Nothing is left of the recreation but the binding. */
  const isComplete = async () => {
    const { roleRef, subjects } = (await world.api('GET', bindingPath)).body as typeof binding;
    assert.equal([roleRef, subjects], [binding.roleRef, ofView.subjects]);
    assert.is((await recordOf())?.[key], undefined);
    const last = await world.tool(['grant']);
    assert.is(last.stdout, `${roleTitle} unchanged\n${bindingTitle} unchanged\n`, told(last));
  };

  /** Runs the recreation until it is about to remove its record, as the binding is complete. */
  const atEndOfRecord = (decide: (held: Held, running: Running) => unknown) =>
    throughGate(world, async (gate) => {
      const posted = gate.hold('POST', collection);
      const running = world.startProcess(recreate, gate.kubeconfig);
      const post = await posted;
      const ended = gate.hold('PUT', 'clusterroles');
      post.pass();
      await decide(await ended, running);
      return running.result;
    });

  suite(`${world.title}: recreations`, (each) => {
    const test = leavingNothing(world, each);

    for (const isThere of [false, true])
      test(`the same grant creates a binding whose recreation was killed, with all subjects, and one for its own subject is refused; ${isThere ? 'role complete' : 'no role'} before`, async () => {
        if (isThere) await world.tool(['grant']);
        if (isThere) await remove(world, bindingPath);
        await makeBinding(world, ofView);
        await killedAt(world, recreate, 'POST', collection);
        assert.is((await world.api('GET', bindingPath)).status, 404);

        const status = await world.tool(['status']);
        assert.match(
          status.stdout,
          /clusterrolebinding\/system:kube-apiserver was deleted by a grant --recreate that was interrupted at 20\S+Z, and not created again: user:stranger, user:Kubernetes lost the access that it gave\n/,
          told(status),
        );
        const before = await allRbac(world);
        for (const how of ['client', 'server']) {
          const dry = await world.tool([...recreate, `--dry-run=${how}`]);
          assert.match(
            dry.stderr,
            /\n {2}\+ subject user:stranger\n {2}\+ subject user:Kubernetes\n/,
          );
          const { stdout } = await world.tool([...recreate, `--dry-run=${how}`, '-o', 'yaml']);
          assert.not.match(stdout, key);
        }
        const refused = await world.tool(['grant']);
        assert.equal([refused.code, refused.stdout], [1, ''], told(refused));
        assert.match(
          refused.stderr,
          /\nsubject user:stranger is in its record\nhint: --recreate --all-subjects restores it with all of them; revoke removes its record\n/,
        );
        assert.equal(await allRbac(world), before);

        const next = await world.tool(recreate);
        assert.is(next.stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, told(next));
        assert.match(
          next.stderr,
          /note: ClusterRoleBinding system:kube-apiserver was deleted by a grant --recreate that was interrupted at 20\S+Z; its subjects get access again\n/,
        );
        await isComplete();
      });

    for (const [method, where, count] of [
      ['PUT', 'clusterroles', 'before its record'],
      ['DELETE', collection, 'before the delete'],
    ] as const)
      test(`the same grant completes a recreation that was killed ${count}`, async () => {
        await world.tool(['grant']);
        await remove(world, bindingPath);
        await makeBinding(world, ofView);
        await killedAt(world, recreate, method, where);
        assert.equal(await subjectsOf(), ofView.subjects);
        const next = await world.tool(recreate);
        assert.is(next.stdout, `${roleTitle} unchanged\n${bindingTitle} recreated\n`, told(next));
        await isComplete();
      });

    test('the next grant removes the record of a binding that exists', async () => {
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, ofView);
      await atEndOfRecord((_, running) => running.kill());
      assert.equal(await subjectsOf(), ofView.subjects);
      assert.ok((await recordOf())?.[key]);
      assert.not.match((await world.tool(['status'])).stdout, 'recreate');
      const next = await world.tool(['grant']);
      assert.is(next.stdout, `${roleTitle} configured\n${bindingTitle} unchanged\n`, told(next));
      assert.match(
        next.stderr,
        `  - annotation ${key} of ClusterRoleBinding system:kube-apiserver, which exists\n`,
      );
      await isComplete();
    });

    test('a record that cannot be parsed is not taken for none', async () => {
      await makeBinding(world, ofView);
      await killedAt(world, recreate, 'POST', collection);
      const found = (await world.api('GET', rolePath)).body as typeof role;
      const annotations = { ...found.metadata.annotations, [key]: '{"system:kube-apiserver":1}' };
      await put(world, rolePath, { ...found, metadata: { ...found.metadata, annotations } });
      const next = await world.tool(['grant']);
      assert.equal([next.code, next.stdout], [1, ''], told(next));
      assert.match(
        next.stderr,
        `error: cannot parse annotation ${key} of ClusterRole system:kube-apiserver-to-kubelet, and whose access ClusterRoleBinding system:kube-apiserver gave is unknown\nhint: fix the annotation, or remove it: kubectl annotate clusterrole system:kube-apiserver-to-kubelet ${key}-\n`,
      );
      assert.match(
        (await world.tool(['status'])).stdout,
        /whether clusterrolebinding\/system:kube-apiserver was being recreated is unknown/,
      );
      const revoked = await world.tool(['revoke']);
      assert.match(revoked.stderr, `- annotation ${key}, which cannot be parsed: {"system:kube`);
      assert.is((await world.api('GET', rolePath)).status, 404);
    });

    test('revoke removes the record with the role, and says whom it named', async () => {
      await makeBinding(world, ofView);
      await killedAt(world, recreate, 'POST', collection);
      const revoked = await world.tool(['revoke', '--all-subjects']);
      assert.is(revoked.stdout, `${roleTitle} deleted\n`, told(revoked));
      assert.match(
        revoked.stderr,
        /- user:stranger, user:Kubernetes in the record of ClusterRoleBinding system:kube-apiserver, whose recreation was interrupted at 20/,
      );
    });

    test('the next grant restores nobody who was revoked meanwhile', async () => {
      await makeBinding(world, ofView);
      await killedAt(world, recreate, 'POST', collection);
      const revoked = await world.tool(['revoke']);
      assert.is(revoked.stdout, `${roleTitle} configured\n`, told(revoked));
      const left = JSON.parse((await recordOf())?.[key] ?? '{}');
      assert.equal(left['system:kube-apiserver'].subjects, [stranger]);
      const named = await world.tool(['revoke', '--subject', 'user:stranger', '--force']);
      assert.is(named.stdout, `${roleTitle} deleted\n`, told(named));
      await world.tool(['grant']);
      assert.equal(await essence(world, bindingPath), await grantedBinding(world));
    });

    test('grant records a recreation in a role that another client writes at the same time', async () => {
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, ofView);
      const result = await meanwhile(world, recreate, 'PUT', 'clusterroles', async () => {
        const found = (await world.api('GET', rolePath)).body as typeof role;
        const annotations = { ...found.metadata.annotations, other: 'client' };
        await put(world, rolePath, { ...found, metadata: { ...found.metadata, annotations } });
      });
      assert.is(result.code, 0, told(result));
      assert.is((await recordOf())?.['other'], 'client');
      await isComplete();
    });

    test('grant ends the record in a role that another client writes at the same time', async () => {
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, ofView);
      const result = await atEndOfRecord(async (end) => {
        const found = (await world.api('GET', rolePath)).body as typeof role;
        const annotations = { ...found.metadata.annotations, other: 'client' };
        await put(world, rolePath, { ...found, metadata: { ...found.metadata, annotations } });
        end.pass();
      });
      assert.is(result.code, 0, told(result));
      assert.is((await recordOf())?.['other'], 'client');
      await isComplete();
    });

    test('grant succeeds if the API server does not take the end of the record, and says so', async () => {
      await makeBinding(world, ofView);
      const result = await atEndOfRecord((end) => end.drop());
      assert.is(result.code, 0, told(result));
      assert.match(
        result.stderr,
        `\nnote: annotation ${key} of ClusterRole system:kube-apiserver-to-kubelet is out of date, and the next grant removes it: `,
      );
      assert.is((await world.tool(['grant'])).code, 0);
      await isComplete();
    });

    test('grant deletes no binding if the API server does not take the record', async () => {
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, ofView);
      const before = (await world.api('GET', bindingPath)).body;
      const result = await atWrite(world, recreate, 'PUT', 'clusterroles', (held) => held.drop());
      assert.is(result.code, 1, told(result));
      assert.equal((await world.api('GET', bindingPath)).body, before);
    });

    test('grant prints a binding first that it may not record', async () => {
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, ofView);
      const rules = [
        rbacRule(['get', 'list'], 'clusterroles', collection, 'rolebindings'),
        rbacRule(['create', 'delete'], collection),
        rbacRule(['bind'], 'clusterroles'),
      ];
      await withRules(world, rules, async () => {
        const args = [...recreate, '--subject', 'user:Kubernetes', '--allow-exec'];
        const { code, stderr } = await world.tool(args, 'dev');
        assert.is(code, 0, stderr);
        const [, yaml = ''] =
          /\nnote: until ClusterRoleBinding system:kube-apiserver is created again, it is recorded here alone; if this command is killed, run:\nkubectl create -f - <<'EOF'\n(.*?)\nEOF\n/s.exec(
            stderr,
          ) ?? [];
        const printed = load(yaml) as typeof binding;
        assert.equal([printed.roleRef, printed.subjects], [binding.roleRef, ofView.subjects]);
        await isComplete();
        await remove(world, bindingPath);
        assert.is((await world.api('POST', `${rbac}/${collection}`, printed)).status, 201);
      });
    });

    test('grant annotates no role of others, and prints the binding', async () => {
      await world.api('POST', `${rbac}/clusterroles`, {
        ...role,
        metadata: { name: role.metadata.name },
      });
      await makeBinding(world, ofView);
      await atWrite(world, recreate, 'POST', collection, async (held) => {
        assert.is((await recordOf())?.[key], undefined);
        held.pass();
      }).then(({ code, stderr }) => {
        assert.is(code, 0, stderr);
        assert.match(stderr, /\nkubectl create -f - <<'EOF'\n/);
      });
      assert.equal(await subjectsOf(), ofView.subjects);
    });
  });
}
