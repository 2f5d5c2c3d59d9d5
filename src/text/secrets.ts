import { attempt } from '../attempt.ts';
import { escapeControl } from './escape.ts';

/** Minimum length of a masked secret, in characters. Shorter secrets are not masked, because they may be part of unrelated words. */
const shortest = 6;

/**
 * If a secret has at least this number of characters, it is masked even if only its beginning is printed. A server may repeat a secret and
 * cut it.
 */
const long = 32;
const startLength = 16;

/** The secrets of one run of the program. All output goes through `mask`, because a server may repeat a secret that it received. */
export class Secrets {
  readonly #forms = new Set<string>();
  /** Secrets that were already added. Each request adds its credentials, so the same secrets come again and again. */
  readonly #added = new Set<string>();
  #pattern: RegExp | undefined;

  /** Adds a token, a password, or the value of a header. */
  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < shortest || !this.#isNew(secret)) return;
    const json = JSON.stringify(secret).slice(1, -1);
    const encoded = encodeURIComponent(secret.toWellFormed());
    this.#addForms([secret, json, encoded, escapeControl(secret), ...base64Forms(secret)]);
  }

  /** Adds the user name and password of basic authentication. A short password is masked only beside its user name. */
  addUser(user: { readonly name: string; readonly password: string } | undefined): void {
    if (!user || user.password === '') return;
    const pair = `${user.name}:${user.password}`;
    this.add(user.password);
    this.add(pair);
    this.#addForms([Buffer.from(pair).toString('base64')]);
  }

  /** Adds a private key in PEM: each of its lines, and its whole text in base64, as in a kubeconfig. */
  addKey(pem: string | undefined): void {
    if (pem === undefined || !this.#isNew(pem)) return;
    const lines = pem.split('\n').map((line) => line.trimEnd());
    const body = lines.filter((line) => line.length >= 32 && !line.includes('-----'));
    this.#addForms([...body, Buffer.from(pem).toString('base64')]);
  }

  /** Adds the user names and passwords of URLs in a text. */
  addUrls(text: string): void {
    if (!text.includes('@')) return;
    for (const [, info = ''] of text.matchAll(/\/\/([^\s/?#@]*(?:@[^\s/?#@]+)*)@/g)) {
      const colon = info.indexOf(':');
      if (colon < 0) this.add(info);
      else this.addUser({ name: info.slice(0, colon), password: info.slice(colon + 1) });
    }
  }

  /**
   * Adds the secrets in a word of the command line: user names and passwords in URLs, tokens, and query parameters such as `token` and
   * `password`. First checks for a character that each pattern needs, because compiling all patterns would slow down each start.
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

  /** Adds the value of an Authorization header and the secrets in it: a token, or a user name and password. */
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

  /**
   * Returns one pattern that matches the beginnings of all secrets, so that a text is searched only once; undefined if there are no
   * secrets.
   */
  #starts(): RegExp | undefined {
    if (this.#forms.size === 0) return undefined;
    if (!this.#pattern) {
      const starts = new Set([...this.#forms].map(startOf));
      this.#pattern = new RegExp([...starts].map((start) => RegExp.escape(start)).join('|'), 'g');
    }
    return this.#pattern;
  }

  /** Returns the number of characters at this index that belong to a secret. */
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

/**
 * Returns a secret in base64. Base64 encodes groups of three bytes, so that the result depends on the offset of the secret in a group:
 * returns one text for each offset. Leaves out characters that also depend on the bytes before or after the secret.
 */
function base64Forms(secret: string): readonly string[] {
  return ['', 'x', 'xx'].flatMap((before) => {
    const bytes = Buffer.from(before + secret);
    const start = before === '' ? 0 : 4;
    const whole = bytes.toString('base64').slice(start, Math.floor(bytes.length / 3) * 4);
    return whole.length < 8 ? [] : [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
