import { attempt } from '../attempt.ts';
import { escapeControl } from './escape.ts';

/** The shortest masked secret, in characters. A shorter one may be a part of unrelated words. */
const shortest = 6;

/** A server may repeat a secret and cut it off: of a secret of at least this length, its first characters are masked, too. */
const long = 32;
const startLength = 16;

/** The secrets of one run. All output goes through `mask`, because a server may repeat a secret that it was sent. */
export class Secrets {
  readonly #forms = new Set<string>();
  /** Secrets that were added before: each request adds its credentials again. */
  readonly #added = new Set<string>();
  #pattern: RegExp | undefined;

  /** Adds a token, a password, or the value of a header. */
  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < shortest || !this.#isNew(secret)) return;
    const json = JSON.stringify(secret).slice(1, -1);
    const encoded = encodeURIComponent(secret.toWellFormed());
    this.#addForms([secret, json, encoded, escapeControl(secret), ...base64Forms(secret)]);
  }

  /** Adds a user of basic authentication. A short password is masked only beside its user name. */
  addUser(user: { readonly name: string; readonly password: string } | undefined): void {
    if (!user || user.password === '') return;
    const pair = `${user.name}:${user.password}`;
    this.add(user.password);
    this.add(pair);
    this.#addForms([Buffer.from(pair).toString('base64')]);
  }

  /** Adds a private key in PEM: its lines, and its whole text in base64, as in a kubeconfig. */
  addKey(pem: string | undefined): void {
    if (pem === undefined || !this.#isNew(pem)) return;
    const lines = pem.split('\n').map((line) => line.trimEnd());
    const body = lines.filter((line) => line.length >= 32 && !line.includes('-----'));
    this.#addForms([...body, Buffer.from(pem).toString('base64')]);
  }

  /** Adds the users and passwords in the URLs of a text. */
  addUrls(text: string): void {
    if (!text.includes('@')) return;
    for (const [, info = ''] of text.matchAll(/\/\/([^\s/?#@]*(?:@[^\s/?#@]+)*)@/g)) {
      const colon = info.indexOf(':');
      if (colon < 0) this.add(info);
      else this.addUser({ name: info.slice(0, colon), password: info.slice(colon + 1) });
    }
  }

  /**
   * Adds the secrets in a word of the command line: credentials in URLs, tokens, and query parameters such as `token` and `password`. Tests
   * for a character of each pattern first: compiling all patterns would cost time at each start.
   */
  addWord(word: string): void {
    this.addUrls(word);
    if (word.includes('.')) this.#addTokens(word);
    if (word.includes('=')) this.#addQuery(word);
  }

  #addTokens(word: string): void {
    for (const [token] of word.matchAll(
      /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
    ))
      this.add(token);
  }

  #addQuery(word: string): void {
    for (const [, value = ''] of word.matchAll(
      /[?&](?:[^=&#]{0,60}[_-])?(?:\w{0,20}token|secret|password|passwd|api_?key|sig|signature|auth|authorization|credential)=([^&#\s]+)/gi,
    )) {
      this.add(value);
      this.add(attempt(() => decodeURIComponent(value)));
    }
  }

  /** Adds the value of an Authorization header, and the credentials in it. */
  addAuthorization(value: string | undefined): void {
    this.add(value);
    const [, scheme = '', rest = ''] = /^([!-~]+) +(.+)$/s.exec(value ?? '') ?? [];
    this.add(rest);
    if (scheme.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(rest, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon >= 0) this.addUser({ name: pair.slice(0, colon), password: pair.slice(colon + 1) });
  }

  mask(text: string): string {
    const pattern = this.#starts();
    if (!pattern) return text;
    const parts: string[] = [];
    let from = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      parts.push(text.slice(from, match.index), '<masked>');
      from = match.index + this.#lengthAt(text, match.index);
      pattern.lastIndex = from;
    }
    return from === 0 ? text : parts.join('') + text.slice(from);
  }

  #isNew(secret: string): boolean {
    if (this.#added.has(secret)) return false;
    this.#added.add(secret);
    return true;
  }

  #addForms(forms: readonly string[]): void {
    for (const form of forms) if (form.length >= shortest) this.#forms.add(form);
    this.#pattern = undefined;
  }

  /** Returns one pattern for the starts of all secrets, to find them in one pass over a text; undefined without secrets. */
  #starts(): RegExp | undefined {
    if (this.#forms.size === 0) return undefined;
    if (!this.#pattern) {
      const starts = new Set([...this.#forms].map(startOf));
      this.#pattern = new RegExp([...starts].map((start) => RegExp.escape(start)).join('|'), 'g');
    }
    return this.#pattern;
  }

  /** Returns how many characters of a secret the text has at this index. */
  #lengthAt(text: string, index: number): number {
    let most = 0;
    for (const form of this.#forms) {
      const least = startOf(form).length;
      let length = 0;
      while (length < form.length && text[index + length] === form[length]) length += 1;
      if (length >= least) most = Math.max(most, length);
    }
    return most;
  }
}

function startOf(form: string): string {
  return form.length < long ? form : form.slice(0, startLength);
}

/** Returns the base64 of a secret at each of the three offsets in a group of bytes, without characters that depend on other bytes. */
function base64Forms(secret: string): readonly string[] {
  return ['', 'x', 'xx'].flatMap((before) => {
    const bytes = Buffer.from(before + secret);
    const start = before === '' ? 0 : 4;
    const whole = bytes.toString('base64').slice(start, Math.floor(bytes.length / 3) * 4);
    return whole.length < 8 ? [] : [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
