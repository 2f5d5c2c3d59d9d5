import { createAuthority } from './certificates.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { listenSecurely } from './listen-securely.ts';
import { withFiles } from './temporary.ts';
import { type Result, runTool } from './tool.ts';

export interface Echo {
  readonly status: number;
  readonly body: string;
  readonly location: string;
}

export const answer: { make: (headers: string) => Echo } = {
  make: () => ({ status: 500, body: '', location: '' }),
};

/** Command lines that print what servers send. `n` is the name of a node. */
export const echoed: readonly (readonly string[])[] = [
  'curl /healthz --node n',
  'curl /healthz --node n --via apiserver',
  'top nodes --via apiserver',
  'top pods',
  'get pods -o json',
  'get configz n --via apiserver -o json',
  'metrics n --via apiserver',
  'node-logs n -u kubelet --via apiserver',
  'endpoints n',
  'logs web',
  'exec web --allow-exec -- ls',
  'exec web --node n --no-upgrade --allow-exec -- ls',
  'attach web --via apiserver',
  'port-forward web :http --via apiserver',
  ...['table', 'wide', 'json', 'yaml'].map((format) => `status -o ${format}`),
  ...['table', 'json', 'yaml', 'markdown'].map((format) => `audit -o ${format}`),
  'grant --subject user:a --profile stats',
  'grant --allow-exec',
  'revoke --dry-run=server -o yaml',
  'revoke --profile stats',
].map((line) => line.split(' '));

/** Runs the program as this user against a server, which is not verified. */
export function runAgainst(server: string, user: object, args: readonly string[]): Promise<Result> {
  const config = kubeconfigText({ server, 'insecure-skip-tls-verify': true }, user);
  return withFiles({ config }, (cwd) => runTool([...args, '--kubeconfig', 'config'], { cwd }));
}

/** Runs `use` with a server that sends the responses of `answer`. */
export async function withEcho(use: (server: string) => Promise<void>): Promise<void> {
  const authority = await createAuthority('echo-ca');
  const { port, stop } = await listenSecurely(authority, (request, response) => {
    const { status, body, location } = answer.make(request.headers.authorization ?? '');
    response.writeHead(status, {
      'content-type': body.startsWith('{') ? 'application/json' : 'text/plain',
      location: location.replaceAll(/[^ -~]/g, ''),
      'x-echo': location.replaceAll(/[^ -~]/g, ''),
    });
    response.end(body);
  });
  try {
    await use(`https://127.0.0.1:${port}`);
  } finally {
    await stop();
  }
}
