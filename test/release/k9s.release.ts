import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { go } from '../cluster/modules.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';

const text = readFileSync(join(docs, 'k9s-plugins.yaml'), 'utf8');

// The versions have the oldest and the newest schema of plugins. The page avoids the keys that these versions use.
for (const version of ['v0.32.7', 'v0.51.0'])
  suite(`k9s ${version}`, (test) => {
    test('accepts docs/k9s-plugins.yaml by its schema, and rejects the file if a required key is missing', async () => {
      const module = `github.com/derailed/k9s@${version}`;
      const { Dir } = JSON.parse(await go(['mod', 'download', '-json', module], quietTask)) as {
        readonly Dir: string;
      };
      const schema = join(Dir, 'internal/config/json/schemas/plugins.json');
      assert.equal(schemaErrors(schema, load(text)), []);
      for (const field of ['shortCut', 'description', 'scopes', 'command']) {
        const without = load(text.replaceAll(` ${field}:`, ' other:'));
        assert.is.not(schemaErrors(schema, without).length, 0, field);
      }
    });
  });
