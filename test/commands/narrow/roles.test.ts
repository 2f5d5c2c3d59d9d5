import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readYamlDocuments } from '../../../src/kube/yaml/read-yaml.ts';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import type { ClusterRole, PolicyRule } from '../../../src/objects.ts';
import { formatRule, missingRules } from '../../../src/rbac/rules.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import {
  goldenFile,
  narrowAll,
  narrowFile,
  type RoleFile,
  roleFiles,
  rolesFolder,
} from './roles.ts';

function rolesIn(yaml: string): readonly ClusterRole[] {
  return readYamlDocuments(Buffer.from(yaml), () => true).flatMap(({ value }) =>
    (value as ClusterRole | null)?.kind === 'ClusterRole' ? [value as ClusterRole] : [],
  );
}

const rulesOf = ({ name }: RoleFile) =>
  rolesIn(readFileSync(join(rolesFolder, name), 'utf8'))[0]?.rules ?? [];

/** Each permission in words: `nodes/proxy get`. */
const permissions = (rules: readonly PolicyRule[]) =>
  missingRules([], rules).flatMap((rule) =>
    (rule.resources ?? rule.nonResourceURLs ?? []).flatMap((resource) =>
      rule.verbs.map((verb) =>
        formatRule({ ...rule, ...(rule.resources && { resources: [resource] }), verbs: [verb] }),
      ),
    ),
  );

/** The lines of changes, each permission for itself. */
function changesIn(table: string, sign: '+' | '-'): readonly string[] {
  const lines = table.split('\n').filter((line) => line.startsWith(`  ${sign} `));
  return lines.flatMap((line) => {
    const [, resources = '', verbs = ''] = /^ {2}. (\S+) (\S+)$/.exec(line) ?? [];
    return resources
      .split(',')
      .flatMap((each) => verbs.split(',').map((verb) => `${each} ${verb}`));
  });
}

suite('the roles of all known agents', (test) => {
  test('are there', () => {
    assert.equal(roleFiles.map(({ agent }) => agent).sort(), agents.map(({ name }) => name).sort());
  });

  test('are narrowed as recorded (npx node test/commands/narrow/record-roles.ts)', async () => {
    const now = (await narrowAll()).split('\n# ');
    for (const [index, recorded] of readFileSync(goldenFile, 'utf8').split('\n# ').entries())
      assert.is(now[index], recorded);
  });

  test('lose and get what is named, and are narrow then', async () => {
    for (const file of roleFiles) {
      const table = await narrowFile(file);
      if (table.code !== 0) continue;
      const printed = await narrowFile(file, '-o', 'yaml');
      const [role] = rolesIn(printed.stdout);
      const [before, after] = [rulesOf(file), role ? (role.rules ?? []) : rulesOf(file)];
      const lost = permissions(missingRules(after, before));
      const got = permissions(missingRules(before, after));
      assert.equal([...changesIn(table.stdout, '-')].sort(), [...lost].sort(), file.name);
      assert.equal([...changesIn(table.stdout, '+')].sort(), [...got].sort(), file.name);
      for (const each of lost) assert.match(each, /^nodes(?:\.\w+)?\//, file.name);
      for (const each of got)
        assert.match(each, /^nodes\/(?:pods|healthz|configz) \w+$/, file.name);
      if (!role) continue;
      const again = await runTool(['narrow', '-f', '-', ...file.answer, '--agent', file.agent], {
        stdin: printed.stdout,
      });
      assert.match(again.stdout + again.stderr, /changes: none|no role allows/, file.name);
    }
  });

  test('keep nodes/proxy for old kubelets where the agent reads what only that opens there', async () => {
    for (const file of roleFiles) {
      const [newer, older] = await Promise.all(
        ['1.37', '1.31'].map((version) => narrowFile(file, '--kubelet-version', version)),
      );
      const fine = changesIn(newer?.stdout ?? '', '+');
      assert.equal(changesIn(older?.stdout ?? '', '+'), [], file.name);
      if (fine.length > 0)
        assert.not.ok(changesIn(older?.stdout ?? '', '-').includes('nodes/proxy get'), file.name);
    }
  });

  test('can be narrowed by the commands that are printed', async () => {
    let count = 0;
    for (const file of roleFiles) {
      const { stdout } = await narrowFile(file);
      for (const [, command = ''] of stdout.matchAll(/^hint: .*?: kubectl kubeletaccess (.*)$/gm)) {
        count += 1;
        const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b = '']) => a ?? b);
        const { code, stdout: narrowed } = await runTool(words, { cwd: rolesFolder });
        assert.is(code, 0, command);
        assert.match(changesIn(narrowed, '-').join(), 'nodes/proxy get', command);
      }
    }
    assert.ok(count >= 4);
  });
});
