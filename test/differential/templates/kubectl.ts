import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import pMap from 'p-map';
import { withFiles } from '../../kit/temporary.ts';
import { runProcess } from '../../kit/tool.ts';
import { listen } from '../../sandbox/listen.ts';
import { templateData } from './template-data.ts';

/** The output of kubectl for a template, or the first line of the error if kubectl rejects the template. */
export type Printed = { readonly printed: string } | { readonly refused: string };

export type PrintedByOutput = Readonly<Record<string, Printed>>;

/** Each line has a value of -o, and what kubectl printed. A new line needs only the value: `["jsonpath={.kind}"]`. */
const file = join(import.meta.dirname, 'kubectl-1.37.jsonl');

export function readRecorded(): PrintedByOutput {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, Printed]));
}

export function writeRecorded(printed: PrintedByOutput): void {
  writeFileSync(
    file,
    Object.entries(printed)
      .map((each) => `${JSON.stringify(each)}\n`)
      .join(''),
  );
}

/** Runs kubectl with every recorded template against a server that returns `templateData`. */
export async function printAll(kubectl: string): Promise<PrintedByOutput> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answers[url.replace(/\?.*/, '')] ?? templateData));
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    const url = `http://127.0.0.1:${port}`;
    return await withFiles({}, async (home) => {
      const args = ['get', 'configmap', 'given', '--server', url];
      const print = async (output: string) =>
        [output, await printOne(kubectl, [...args, '-o', output], home)] as const;
      return Object.fromEntries(await pMap(Object.keys(readRecorded()), print, { concurrency: 4 }));
    });
  } finally {
    await stop();
  }
}

async function printOne(kubectl: string, args: readonly string[], home: string): Promise<Printed> {
  const env = { PATH: '/usr/bin:/bin', HOME: home, KUBECONFIG: '/dev/null' };
  const { code, stdout, stderr } = await runProcess(kubectl, args, { env, timeoutMs: 30_000 });
  if (code === 0) return { printed: stdout };
  return { refused: stderr.replace(/\. Printing more information[\s\S]*/, '').trimEnd() };
}

const answers: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      {
        ...{ name: 'configmaps', singularName: 'configmap', kind: 'ConfigMap' },
        ...{ namespaced: true, verbs: ['get', 'list'] },
      },
    ],
  },
};
