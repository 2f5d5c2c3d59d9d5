/** The user of clusters where a token, not a certificate, identifies the caller. */
export const operator = { user: 'operator@example.com', groups: ['operators'] } as const;

export const operatorToken = 'operator-token-5d41402abc4b2a76';

export const operatorTokens: ReadonlyMap<string, typeof operator> = new Map([
  [operatorToken, operator],
]);
