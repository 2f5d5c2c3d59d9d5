import { existsSync, readFileSync } from 'node:fs';
import type { RecordedRun } from './recording.ts';

const toldVariables = ['PLUGIN_ONE', 'PLUGIN_TWO', 'HTTPS_PROXY'] as const;

/**
 * Returns the script of a credential plugin that records its run and prints `output` unchanged. It works with any PATH.
 * `then` is shell code that runs afterwards.
 */
export function plugin(output: string, { name = 'plugin', then = '' } = {}): string {
  const variables = toldVariables.map((variable) => `"\${${variable}-}"`).join(' ');
  return `#!/bin/sh
printf '%s\\0' ${name} "$#" "$@" "$KUBERNETES_EXEC_INFO" ${variables} >> "{{dir}}/runs"
while IFS= read -r line; do printf '%s\\n' "$line"; done <<'END'
${output}
END
${then}
`;
}

/** Returns the `exec` of a user. `fields` override the default fields. */
export const exec = (fields = '', version = 'v1') =>
  `exec: {apiVersion: client.authentication.k8s.io/${version}, interactiveMode: Never, command: ./plugin, ${fields}}`;

/** Returns the ExecCredential with this status, as a plugin prints it. */
export function credential(status: string, version = 'v1'): string {
  return `{"apiVersion": "client.authentication.k8s.io/${version}", "kind": "ExecCredential", "status": {${status}}}`;
}

/** A plugin that prints the token `from-plugin`. */
export const tokenPlugin = plugin(credential('"token": "from-plugin"'));

/** Returns the runs that plugins recorded in a file. If the file is missing, no plugin ran. */
export function readRuns(file: string): RecordedRun[] {
  if (!existsSync(file)) return [];
  const fields = readFileSync(file, 'utf8').split('\0').slice(0, -1);
  const runs: RecordedRun[] = [];
  while (fields.length > 0) {
    const [name = '', count = ''] = fields.splice(0, 2);
    const args = fields.splice(0, Number(count));
    const [info = ''] = fields.splice(0, 1);
    const values = fields.splice(0, toldVariables.length);
    const env = Object.fromEntries(
      toldVariables.map((variable, at) => [variable, values[at] ?? '']).filter(([, v]) => v !== ''),
    ) as Record<string, string>;
    runs.push({
      plugin: name,
      args,
      info: parsed(info),
      ...(Object.keys(env).length === 0 ? {} : { env }),
    });
  }
  return runs;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
