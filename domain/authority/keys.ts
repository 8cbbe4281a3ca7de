/** A key that Rolewave trusts to seal messages. */
export interface TrustedKey {
  kid: string;
  kty: 'OKP' | 'EC';
  crv: 'Ed25519' | 'P-256';
  /** base64url, RFC 7517 / RFC 8037. */
  x: string;
  y?: string;
  /** A person's own key speaks for that person only; an endpoint's key for everybody whom the endpoint authenticated. */
  sub?: string;
}
