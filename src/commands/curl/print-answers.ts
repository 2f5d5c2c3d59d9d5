import { openConnection } from '../../cli/connection.ts';
import { type KubeletInvocation, openKubelets } from '../../cli/kubelets.ts';
import { actAs } from '../../cli/service-account.ts';
import { namesNodes } from '../../kube/kubelet/cached-path.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import { openNodeCache } from '../../kube/kubelet/node-cache.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { mark } from '../../marks.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { findTargets, lookUpCached } from './find-targets.ts';
import type { CurlRequest } from './options.ts';
import { printCommands } from './print-commands.ts';
import { type OpenedOutput, printFleet } from './print-fleet.ts';
import { printLogs } from './print-logs.ts';
import { printOne } from './print-one.ts';
import { readsStdin } from './request-body.ts';

/**
 * Finds the kubelets, and prints what they answer to a request in the way that is asked for. `unfilled` is the request before a
 * pod fills in its path; `serviceAccount` is empty for the caller's own credential.
 */
export async function printAnswers(
  request: CurlRequest,
  unfilled: Request,
  serviceAccount: string,
  invocation: KubeletInvocation,
): Promise<number> {
  const { output } = request;
  const print = (printed: KubeletInvocation, opened?: OpenedOutput) =>
    printOnce(request, unfilled, serviceAccount, printed, opened);
  if (output.kind === 'profile') {
    const { openProfile } = await import('./print-profile.ts');
    return print(invocation, openProfile(output.profile, invocation));
  }
  if (output.kind !== 'view') return print(invocation);
  const { openView } = await import('./print-view.ts');
  const { watchMs } = output.rows;
  // A column or a template that is wrong is told before anything is sent.
  if (watchMs === undefined)
    return print(invocation, await openView(output.rows, request, invocation));
  const { printLooks } = await import('./print-watch.ts');
  let view: OpenedOutput | undefined;
  return printLooks(watchMs, invocation, async (telling) => {
    view ??= await openView(output.rows, request, telling);
    return print(telling, view);
  });
}

async function printOnce(
  request: CurlRequest,
  unfilled: Request,
  serviceAccount: string,
  invocation: KubeletInvocation,
  opened: OpenedOutput | undefined,
): Promise<number> {
  const { target, output, compressed, log } = request;
  const { context, globals } = invocation;
  const connection = await openConnection(invocation, {
    ownStdin: request.data.some(readsStdin),
  });
  mark('connection');
  const { apiServer, proxy, acting, close } = actAs(invocation, serviceAccount, connection);
  try {
    const kubelets =
      target.via === 'apiserver' ? undefined : await openKubelets(invocation, acting);
    const namespace = globals.namespace || connection.namespace;
    const needsNodes = output.kind === 'view' && output.rows.labels !== undefined;
    const nodeCache = mayUseCache(request, needsNodes, kubelets)
      ? openNodeCache(context.env, connection)
      : undefined;
    const { note, ...found } = await findTargets(target, unfilled, {
      apiServer,
      namespace,
      needsNodes,
      nodeCache,
    });
    mark('targets');
    if (note !== undefined) context.stderr.write(`note: ${escapeControlLine(note)}\n`);
    const { signal } = context;
    const lookUp =
      nodeCache && ((name: string) => lookUpCached(name, nodeCache, apiServer, found.sent));
    const access = { apiServer: proxy, kubelets, signal, compressed, log, lookUp };
    if (request.printCurl) return await printCommands(found, request, kubelets, acting, invocation);
    if (log?.follow) return await printLogs(found, request, log, access, invocation);
    await opened?.begin?.(apiServer, found.targets);
    return output.kind === 'stream'
      ? await printOne(found, request, access, context)
      : await printFleet(found, request, access, invocation, opened);
  } finally {
    close();
  }
}

/** Addresses of earlier are for who proves to be the node. */
function mayUseCache(
  { target, printCurl, noCache }: CurlRequest,
  needsNodes: boolean,
  kubelets: KubeletAccess | undefined,
): boolean {
  return (
    target.via === 'direct' &&
    !needsNodes &&
    !printCurl &&
    !noCache &&
    kubelets !== undefined &&
    namesNodes(kubelets)
  );
}
