import type { Context } from '../../context.ts';
import { exitCodes, UsageFailure } from '../../errors.ts';
import { readStdin } from '../../kube/read-stdin.ts';
import { explain } from '../../kubelet/explain/explain.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { renderExplanations } from './render.ts';

const longestText = 1_000_000;

const renderers = { table: renderExplanations, json: renderJson, yaml: renderYaml };

/** `status --explain`: explains a pasted error, `-` for standard input. Needs no kubeconfig and opens no connection. */
export async function explainText(context: Context, text: string, output: string): Promise<number> {
  const render = Object.entries(renderers).find(([name]) => name === output)?.[1];
  if (!render)
    throw new UsageFailure(`--explain prints no output format "${output}"`, {
      hints: ['-o table, -o json or -o yaml'],
    });
  const pasted =
    text === '-'
      ? (await readStdin(context.stdin, context.signal, longestText)).toString('utf8')
      : text.slice(0, longestText);
  if (pasted.trim() === '')
    throw new UsageFailure('--explain was given no text', {
      hints: [
        'kubectl logs POD 2>&1 | kubectl kubeletaccess status --explain -',
        "kubectl kubeletaccess status --explain 'Error from server (Forbidden): …'",
      ],
    });
  const explanations = explain(pasted);
  if (explanations.length === 0) {
    context.stderr.write(
      [
        'not recognised: no error in it that concerns kubelets or the way to them',
        'hint: ask the cluster itself: kubectl kubeletaccess status',
        'hint: paste the whole message, with what kubectl -v=6 prints before it',
        '',
      ].join('\n'),
    );
    return exitCodes.unmet;
  }
  context.stdout.write(render(explanations));
  return exitCodes.ok;
}

/** Refuses what only means something when a cluster is asked; `given` tells by its name whether an option was. */
export function refuseOnline(given: Readonly<Record<string, boolean>>): void {
  const names = Object.keys(given).filter((name) => given[name]);
  if (names.length > 0)
    throw new UsageFailure(`--explain asks no cluster: it cannot be used with ${names.join(', ')}`);
}
