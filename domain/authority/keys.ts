/** A key that Rolewave trusts to seal messages. */
export interface TrustedKey {
  kid: string;
  kty: 'OKP' | 'EC';
  crv: 'Ed25519' | 'P-256';
  /** base64url, RFC 7517 / RFC 8037. */
  x: string;
  y?: string;
  /** Present on a person's own key, which may only seal that person's messages. An endpoint's key seals for everyone whom the endpoint authenticated. */
  sub?: string;
  /** Retired: it seals nothing from this instant on (real time, milliseconds). What was accepted before stays as it was accepted. */
  untilMs?: number;
}

/** Those that may seal a message that is accepted at this instant. */
export const trustedAt = (keys: readonly TrustedKey[], atMs: number): TrustedKey[] => keys.filter(({ untilMs }) => untilMs === undefined || atMs < untilMs);
