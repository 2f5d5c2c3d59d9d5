import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { suite } from '../kit/suite.ts';
import { type Terminal, withTerminal } from '../kit/terminal.ts';
import { runProcess } from '../kit/tool.ts';

/** A cluster with node-1, node-2 and the pod web, and the programs that a user has. */
export interface CompletionWorld {
  readonly title: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly program: string;
}

const page = readFileSync(join(root, 'docs/completion.md'), 'utf8');

const shim = 'kubectl_complete-kubeletaccess';

interface Home {
  readonly folder: string;
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a test with a new home folder. kubectl and the plugin are links in a folder on PATH, as after an installation by krew. */
async function withHome(
  { kubectl, program, kubeconfig }: CompletionWorld,
  use: (home: Home) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-completion-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(kubectl, join(bin, 'kubectl'));
  symlinkSync(program, join(bin, 'kubectl-kubeletaccess'));
  const env = { HOME: folder, PATH: `${bin}:/usr/bin:/bin`, KUBECONFIG: kubeconfig };
  try {
    await use({ folder, bin, env });
  } finally {
    // A completion process may still write files after its terminal was closed.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function install({ bin, env }: Home, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProcess(
    join(bin, 'kubectl'),
    ['kubeletaccess', 'completion', ...more],
    { env },
  );
  assert.is(code, 0, stderr);
  return stdout;
}

interface ShellCase {
  readonly command: readonly string[];
  /** Lines of the shell that load completion for `kubectl kubeletaccess`, and for `kubectl-kubeletaccess` called directly. */
  readonly kubectl: readonly string[];
  readonly direct: readonly string[];
  readonly alias?: string;
}

const shells: Readonly<Record<string, ShellCase>> = {
  bash: {
    command: ['bash', '--norc', '--noprofile'],
    kubectl: [
      'PS1="ready> "; source /usr/share/bash-completion/bash_completion; source <(kubectl completion bash)',
    ],
    direct: ['PS1="ready> "; source <(kubectl kubeletaccess completion bash)'],
    alias: 'complete -o default -F __start_kubectl kka',
  },
  zsh: {
    command: ['zsh', '-f'],
    kubectl: [
      'PROMPT="ready> "; autoload -U compinit; compinit -u; source <(kubectl completion zsh)',
    ],
    direct: [
      'PROMPT="ready> "; autoload -U compinit; compinit -u; source <(kubectl kubeletaccess completion zsh)',
    ],
  },
  fish: {
    command: ['fish', '--no-config'],
    kubectl: [
      'function fish_prompt; echo "ready> "; end; set -g fish_autosuggestion_enabled 0; kubectl completion fish | source',
    ],
    direct: [
      'function fish_prompt; echo "ready> "; end; set -g fish_autosuggestion_enabled 0; kubectl kubeletaccess completion fish | source',
    ],
  },
};

async function withShell(
  { command }: ShellCase,
  lines: readonly string[],
  { env, folder }: Home,
  use: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  await withTerminal(command, { ...env, ZDOTDIR: folder, fish_greeting: '' }, async (terminal) => {
    await terminal.until(/\S/);
    for (const line of [...lines, 'clear']) {
      await terminal.enter(line);
      await terminal.settled();
    }
    await terminal.until(/^ready>$/m, 20_000);
    await use(terminal);
  });
}

async function completes(terminal: Terminal, typed: string, expected: string): Promise<void> {
  await terminal.type(typed);
  await terminal.until(promptWith(typed));
  await terminal.press('Tab');
  await terminal.until(promptWith(expected));
  await terminal.press('C-u');
  await terminal.until(promptWith(''));
}

/** Matches a prompt with this text. In bash, the script of kubectl puts a backslash before a comma. */
function promptWith(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(',', '\\\\?,');
  return new RegExp(`^ready>${text === '' ? '' : ` ${escaped.trimEnd()}`}$`, 'm');
}

export function completion(world: CompletionWorld): void {
  suite(`${world.title}: completion in shells`, (test) => {
    for (const [name, shell] of Object.entries(shells)) {
      test(`${name} completes kubectl kubeletaccess through kubectl`, () =>
        withHome(world, async (home) => {
          assert.is(await install(home, 'install'), `${join(home.bin, shim)} created\n`);
          await withShell(shell, shell.kubectl, home, (terminal) =>
            completesAll(terminal, 'kubectl kubeletaccess'),
          );
        }));

      test(`${name} completes kubectl-kubeletaccess by the script of completion ${name}`, () =>
        withHome(world, (home) =>
          withShell(shell, shell.direct, home, (terminal) =>
            completesAll(terminal, 'kubectl-kubeletaccess'),
          ),
        ));

      test(`${name} completes an alias as in docs/completion.md`, () =>
        withHome(world, async (home) => {
          await install(home, 'install');
          const alias = "alias kka='kubectl kubeletaccess'";
          const lines = [...shell.kubectl, alias, ...(shell.alias ? [shell.alias] : [])];
          for (const line of lines.slice(1)) assert.match(page, line);
          await withShell(shell, lines, home, (terminal) => completesAll(terminal, 'kka'));
        }));

      test(`${name} prints no error at the prompt when the cluster is down or the plugin is removed`, () =>
        withHome(world, async (home) => {
          await install(home, 'install');
          const down = join(home.folder, 'down.kubeconfig');
          writeFileSync(down, downKubeconfig);
          const env = { ...home.env, KUBECONFIG: down };
          await withShell(shell, shell.kubectl, { ...home, env }, async (terminal) => {
            const line = 'kubectl kubeletaccess curl --node ';
            await terminal.type(line);
            await terminal.press('Tab', 'Tab');
            assert.is(await terminal.settled(), `ready> ${line.trimEnd()}`);
            await terminal.press('C-u');
            // The shell may remember the path of the plugin, which was on PATH until now.
            unlinkSync(join(home.bin, 'kubectl-kubeletaccess'));
            await terminal.type(line);
            await terminal.press('Tab', 'Tab');
            // The shell may then offer files, as after any unknown command.
            assert.not.match(await terminal.settled(), /error|warning|not found|no such/i);
          });
          const { code, stdout, stderr } = await runProcess(join(home.bin, shim), ['curl', ''], {
            env: home.env,
          });
          assert.equal([code, stdout, stderr], [0, ':4\n', '']);
        }));
    }

    test('names are cached in files that only the user can read', () =>
      withHome(world, async ({ folder, bin, env }) => {
        const args = ['__complete', 'curl', '--node', ''];
        const { stdout } = await runProcess(join(bin, 'kubectl-kubeletaccess'), args, { env });
        assert.match(stdout, /^node-1\nnode-2\n(?:.*\n)*:4\n$/);
        const cache = join(folder, '.cache', 'kubectl-kubeletaccess', 'completion');
        assert.is(statSync(cache).mode & 0o777, 0o700);
        const files = readdirSync(cache);
        assert.is(files.length, 1);
        assert.is(statSync(join(cache, files[0] ?? '')).mode & 0o777, 0o600);
        assert.not.ok(existsSync(join(cache, `${files[0]}.lock`)));
      }));
  });
}

const completions = [
  ['gra', 'grant'],
  ['curl --show-h', 'curl --show-headers'],
  ['curl summ', 'curl summary'],
  ['curl /stats/s', 'curl /stats/summary'],
  ['status --node node-', 'status --node node-'],
  ['curl --node node-1,n', 'curl --node node-1,node-2'],
  ['curl --node=node-2,n', 'curl --node=node-2,node-1'],
  ['curl -ojs', 'curl -ojson'],
  ['grant --profile=met', 'grant --profile=metrics'],
  ['grant --subject serv', 'grant --subject serviceaccount:'],
  ['grant --subject serviceaccount:kube-s', 'grant --subject serviceaccount:kube-system:'],
  ['curl -l kubernetes.io/os', 'curl -l kubernetes.io/os=linux'],
  ['curl -l kubernetes.io/os=li', 'curl -l kubernetes.io/os=linux'],
  ['logs kube-s', 'logs kube-system/'],
  ['exec -it default/w', 'exec -it default/web'],
  ['curl -d @/proc/cpui', 'curl -d @/proc/cpuinfo'],
  ['curl --data=@/proc/cpui', 'curl --data=@/proc/cpuinfo'],
  ['curl -d@/proc/cpui', 'curl -d@/proc/cpuinfo'],
  ['explain untrusted-', 'explain untrusted-ca'],
  ['completion ba', 'completion bash'],
] as const;

async function completesAll(terminal: Terminal, program: string): Promise<void> {
  const line = (words: string) => `${program} ${words}`;
  for (const [typed, completed] of completions)
    await completes(terminal, line(typed), line(completed));
  // Tab twice lists several candidates.
  await terminal.type(line('curl --node '));
  await terminal.press('Tab');
  await terminal.until(/--node node-/);
  await terminal.press('Tab', 'Tab');
  const shown = await terminal.until(/node-1[\s\S]*node-2/);
  assert.not.match(shown, /error|warning/i);
  await terminal.press('C-c');
  await terminal.settled();
}

const downKubeconfig = kubeconfigText({ server: 'https://127.0.0.1:1' }, { token: 'none' });
