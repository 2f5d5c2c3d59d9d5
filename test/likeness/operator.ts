/** The user in clusters whose callers authenticate with a token and not with a client certificate. */
export const operator = { user: 'operator@example.com', groups: ['operators'] } as const;

export const operatorToken = 'operator-token-5d41402abc4b2a76';

export const operatorTokens: ReadonlyMap<string, typeof operator> = new Map([
  [operatorToken, operator],
]);
